import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { runCommand } from "../support/command";
import { temporaryFolder } from "../support/temporary-folder";

const MAIN = path.join(PACKAGE_ROOT, "dist/node/cli/main.js");
const UPSTREAMS = { chat: { peers: [{ address: "127.0.0.1:8010" }] } };

function check(
  document: unknown,
  ...options: string[]
): Promise<{ code: number | undefined; output: string }> {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  const cwd = temporaryFolder({ "switchboard.json": text });
  return runCommand(process.execPath, [MAIN, "check", "switchboard.json", ...options], { cwd });
}

describe("switchboard check", () => {
  it("accepts a valid file", async () => {
    const routes = [{ id: "all", path: "/*", upstream: "chat" }];
    expect(await check({ upstreams: UPSTREAMS, routes })).toEqual({
      code: 0,
      output: "switchboard.json: valid\n",
    });
  });

  it("knows balancers that are named to it", async () => {
    const upstreams = { chat: { balancer: { type: "mine", size: 3 } }, other: { balancer: "ours" } };
    const document = { upstreams, routes: [] };
    const { code, output } = await check(document, "--balancer", "mine");
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/^switchboard\.json: \/upstreams\/other\/balancer: .*"ours"/),
    ]);
    const both = await check(document, "--balancer", "mine", "--balancer", "ours");
    expect([both.code, both.output]).toEqual([0, expect.stringMatching(/valid\n$/)]);
  });

  it("prints every error with its place", async () => {
    const routes = [
      { id: "all", path: "/*", upstream: "none" },
      { id: "b", path: "/b", upstreem: "chat" },
    ];
    const { code, output } = await check({ upstreams: UPSTREAMS, routes });
    expect(code).toBe(1);
    expect(output).toMatch(/^switchboard\.json: \/routes\/0\/upstream: .*none/m);
    expect(output).toMatch(/^switchboard\.json: \/routes\/1\/upstreem: .*upstream/m);
    expect(output).not.toContain("at ");
  });

  it("tells of what is not JSON, of a file that is not there and of one that is too large", async () => {
    expect((await check('{"upstreams":')).output).toMatch(/^switchboard\.json: not JSON: /);
    expect((await check(`"${"a".repeat(16 * 1024 * 1024)}"`)).output).toBe("switchboard.json: over 16 MB\n");
    const { code, output } = await runCommand(process.execPath, [MAIN, "check", "/no/such.json"]);
    expect(output).toMatch(/^\/no\/such\.json: ENOENT/);
    expect(code).toBe(1);
  });

  it("prints the JSON Schema", async () => {
    const { code, output } = await runCommand(process.execPath, [MAIN, "check", "--schema"]);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ properties: { upstreams: {}, routes: {} } });
  });
});
