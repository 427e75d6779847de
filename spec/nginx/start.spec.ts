import { truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { startRefused } from "../support/refused-start";

const ROUTE = { id: "all", path: "/*", upstream: "chat" };
const PEER = { id: "a", address: "127.0.0.1:8010" };

const GIB = 1024 ** 3;
const INIT_WITHOUT_FILE = `include switchboard/http-base.conf;
init_by_lua_block { require("resty.switchboard").init { config_file = "/nowhere/switchboard.json" } }`;

function documentOf(peers: readonly object[], routes: readonly object[] = [ROUTE]): string {
  return JSON.stringify({ upstreams: { chat: { peers } }, routes });
}

describe("a start with a config that cannot be used", () => {
  it.each([
    ["is empty", "", /: not JSON: .*/],
    ["is truncated", documentOf([PEER]).slice(0, -10), /: not JSON: .*T_END/],
    ["is an array", "[1]", /: \/: .*object/],
    ["has a peer id twice", documentOf([PEER, PEER]), /: \/upstreams\/chat\/peers\/1.*"a"/],
    [
      "has a route to no upstream",
      documentOf([PEER], [{ ...ROUTE, upstream: "caht" }]),
      /: \/routes\/0\/upstream: .*"caht"/,
    ],
    [
      "has an unknown field",
      documentOf([{ ...PEER, wieght: 2 }]),
      /: \/upstreams\/chat\/peers\/0\/wieght: .*did you mean "weight"/,
    ],
  ])("is stopped with file, place and reason where it %s", async (_what, config, reason) => {
    const { exitCode, stderr } = await startRefused(config);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(new RegExp(`switchboard: \\S*/conf/switchboard\\.json${reason.source}`));
  });

  it("names every error at once", async () => {
    const { stderr } = await startRefused(
      documentOf([{ ...PEER, weight: -1 }, PEER], [{ ...ROUTE, path: "x" }]),
    );
    expect(stderr).toContain("/upstreams/chat/peers/0/weight: ");
    expect(stderr).toContain("/upstreams/chat/peers/1");
    expect(stderr).toContain("/routes/0/path: ");
  });

  it("names twenty errors and counts the others", async () => {
    const peers = Array.from({ length: 25 }, (_, index) => ({
      id: `p${index}`,
      address: "127.0.0.1:1",
      weight: -1,
    }));
    const { stderr } = await startRefused(documentOf(peers));
    expect(stderr.match(/\/upstreams\/chat\/peers\/\d+\/weight: /g)).toHaveLength(20);
    expect(stderr).toContain("; and 5 more");
  });

  it("is stopped by the size of a file over 16 MB, which it does not read", async () => {
    const { exitCode, stderr, tookMs } = await startRefused(documentOf([PEER]), (directory) => {
      truncateSync(path.join(directory, "conf/switchboard.json"), 8 * GIB);
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("conf/switchboard.json: 8589934592 bytes; no more than 16777216 are read");
    expect(tookMs).toBeLessThan(2_000);
  });

  it("is stopped where the file is missing", async () => {
    const { exitCode, stderr } = await startRefused(documentOf([PEER]), (directory) => {
      writeFileSync(path.join(directory, "conf/switchboard/http.conf"), INIT_WITHOUT_FILE);
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("switchboard: /nowhere/switchboard.json: No such file or directory");
  });
});
