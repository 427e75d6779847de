import net from "node:net";
import path from "node:path";
import { onCleanup } from "../support/cleanup";
import { refusal, startExampleAdmin, startFakeAdmin } from "../support/fake-admin";
import { switchboard, switchboards } from "../support/switchboard";
import { temporaryFolder } from "../support/temporary-folder";

const DRAIN = "POST /v1/upstreams/chat/peers/a/drain";

describe("a refusal of the gateway", () => {
  it("is told with code, message, places and what to do, and ends with 1", async () => {
    const admin = await startExampleAdmin();
    const details = [
      { pointer: "", message: "no routes" },
      { pointer: "/upstreams/chat/\u001b[2J", message: "unknown" },
    ];
    admin
      .on(DRAIN, refusal(409, "last_ready_peer", "chat/a is the last ready peer"))
      .on("PUT /v1/config", refusal(412, "precondition_failed", "the ETag is 42 now"))
      .on("POST /v1/upstreams/chat/peers", refusal(422, "invalid_config", "2 errors", details));
    const cwd = temporaryFolder({ "new.json": "{}" });
    const ended = await switchboards(
      [
        ["drain", "chat/a"],
        ["config", "put", "new.json", "--if-match", "41"],
        ["add", "chat", "x:1"],
        ["add", "chat", "x:1", "--json"],
        ["peers", "nope"],
      ],
      { url: admin.url, cwd },
    );
    const invalid = "error: invalid_config: 2 errors\n  /: no routes\n  /upstreams/chat/\\x1b[2J: unknown\n";
    expect(ended.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1]);
    expect(ended.map(({ stderr }) => stderr)).toEqual([
      "error: last_ready_peer: chat/a is the last ready peer\n  (`switchboard drain` and `switchboard maint` do it all the same with --force)\n",
      expect.stringMatching(/^error: precondition_failed: the ETag is 42 now\n {2}\(somebody changed/),
      invalid,
      invalid,
      "error: not_found: there is nothing at /v1/upstreams/nope\n",
    ]);
    expect(JSON.parse(ended[3]!.stdout)).toEqual({
      error: { code: "invalid_config", message: "2 errors", details },
    });
  });
});

describe("a gateway that is not reachable", () => {
  it("is told in one line, with exit code 2, whatever stands there", async () => {
    const silent = net.createServer(() => {});
    const cutting = net.createServer((socket) =>
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"),
    );
    for (const server of [silent, cutting]) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      onCleanup(() => void server.close());
    }
    const at = (server: net.Server): string =>
      `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    const other = await startFakeAdmin();
    other.on("GET /v1/status", { status: 404, body: "<html>\n\nnot here</html>" });
    const urls = ["http://127.0.0.1:1", at(silent), at(cutting), other.url, "unix:/no/such.sock"];
    const ended = await switchboards(
      urls.map((url) => ["status", "--json", "--url", url, "--timeout", "1500ms"]),
    );
    for (const { code, stdout, stderr } of ended) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^error: no gateway reachable at \S+: .+\n$/);
    }
    expect(ended[1]!.stderr).toContain("no answer in 1500 ms");
    expect(ended[3]!.stderr).toContain("is not Switchboard's admin API");
  });
});

describe("wrong use", () => {
  it("ends with 3 and calls nothing", async () => {
    const admin = await startExampleAdmin();
    const lines = [
      ["nonsense"],
      ["peers"],
      ["drain", "chat"],
      ["drain", "chat/a", "--deadline", "soon"],
      ["drain", "chat/a", "--close", "now"],
      ["set", "chat/a"],
      ["set", "chat/a", "--weight", "x"],
      ["kill"],
      ["kill", "1", "--peer", "a"],
      ["kill", "--peer", "a"],
      ["check"],
      ["match", "ftp://a/b"],
      ["status", "--url", "not a url"],
      ["status", "--timeout", "0s"],
      ["status", "--token-file", "/no/such"],
    ];
    const ended = await switchboards(lines, { url: admin.url });
    expect(ended.map(({ code }, at) => [lines[at], code])).toEqual(lines.map((line) => [line, 3]));
    for (const { stderr } of ended) expect(stderr).toMatch(/^error: .+\n(.+\n)?$/);
    expect(admin.requests).toEqual([]);
  });
});

describe("the admin server", () => {
  it("gets the token of the file, or else of the environment", async () => {
    const admin = await startExampleAdmin();
    const cwd = temporaryFolder({ token: "of-the-file\n", empty: "\n" });
    const env = { SWITCHBOARD_ADMIN_TOKEN: "of-the-environment" };
    await switchboard(["status", "--token-file", "token"], { url: admin.url, cwd, env });
    await switchboard(["status"], { url: admin.url, cwd, env });
    await switchboard(["status"], { url: admin.url, cwd });
    expect(admin.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer of-the-file",
      "Bearer of-the-environment",
      undefined,
    ]);
    expect((await switchboard(["status", "--token-file", "empty"], { url: admin.url, cwd })).code).toBe(3);
    admin.on("GET /v1/status", refusal(401, "unauthorized", "wrong token"));
    expect((await switchboard(["status"], { url: admin.url })).stderr).toMatch(/wrong token\n.*--token-file/);
  });

  it("may be in a unix socket", async () => {
    const socket = path.join(temporaryFolder(), "admin.sock");
    const admin = await startFakeAdmin(socket);
    admin.on("GET /v1/upstreams", { body: { upstreams: [] } });
    const { code, stdout } = await switchboard(["upstreams", "--url", `unix:${socket}`]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "UPSTREAM  BALANCER  PEERS  READY  DOWN  ACTIVE  GENERATION\n",
    });
  });
});
