import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import type { ChatGateway } from "../support/chat-gateway";
import { startChatGateway } from "../support/chat-gateway";
import { freePort } from "../support/free-port";
import { switchboard } from "../support/switchboard";
import { temporaryFolder } from "../support/temporary-folder";

const TOKEN = "a-token-of-some-length";

describe("in front of a real gateway", () => {
  let chat: ChatGateway;

  beforeAll(async () => {
    chat = await startChatGateway();
    await chat.connectTo("a", 1);
  });

  it("the commands that look tell what is there", async () => {
    const { address } = chat.backends.a;
    const [status, upstreams, peers, routes, match, pick, watch] = await chat.runAll(
      "status",
      "upstreams",
      "peers chat",
      "routes",
      "match ws://x/rooms/42?v=1",
      "pick chat --key k",
      "watch --count 2 --interval 300ms",
    );
    expect(status).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^version +\d.*\n(.*\n)*workers +2\nleader +process \d+\n(.*\n)*sessions +1\n/,
      ),
    });
    expect(upstreams!.stdout).toMatch(/^chat +least_conn +2 +2 +0 +1 /m);
    expect(peers!.stdout).toMatch(new RegExp(`^a +${address} +ready +up +- +1 +1 `, "m"));
    expect(routes!.stdout).toMatch(/^rooms +\* +\/rooms\/\{room\} +chat +tunnel +0 +1\n/m);
    expect(match!.stdout).toBe(
      "route     rooms\nupstream  chat\nmode      tunnel\n{room}    42\nsent as   /rooms/42?v=1\n",
    );
    expect(pick!.stdout).toMatch(/^chat\/[ab] \(127\.0\.0\.1:\d+\): /);
    const rows = watch!.stdout.split("\n").filter((line) => line.startsWith("chat/a"));
    expect(rows.map((row) => row.replace(/ +/g, " "))).toEqual([
      expect.stringMatching(/^chat\/a ready up - 1 1 - - - - - -$/),
      expect.stringMatching(/^chat\/a ready up - 1 1 - \d+ \d+B \d+B - -$/),
    ]);
  });

  it("all of them print the gateway's answer with --json", async () => {
    const ended = await chat.runAll(
      "status --json",
      "upstreams --json",
      "peers chat --json",
      "routes --json",
      "match /rooms/42 --json",
      "pick chat --json",
      "config get --json",
    );
    const [status, upstreams, peers, routes, match, pick, config] = ended.map(
      ({ stdout }) => JSON.parse(stdout) as object,
    );
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(status).toMatchObject({ generation: 1, workers: 2, totals: { sessions: 1 } });
    expect(upstreams).toMatchObject({ upstreams: [{ name: "chat", active: 1 }] });
    expect(peers).toMatchObject({
      name: "chat",
      peers: [
        { id: "a", active: 1 },
        { id: "b", active: 0 },
      ],
    });
    expect(routes).toMatchObject({ routes: [{ id: "rooms", active: 1 }, { id: "news" }] });
    expect(match).toMatchObject({ route: { id: "rooms" }, params: { room: "42" } });
    expect(pick).toMatchObject({ peer: { id: expect.stringMatching(/^[ab]$/) } });
    expect(config).toMatchObject({ upstreams: { chat: {} }, routes: [{ id: "rooms" }, { id: "news" }] });
    const looks = (await chat.run("watch", "--count", "2", "--interval", "100ms", "--json")).stdout;
    expect(
      looks
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as object),
    ).toEqual(
      Array(2).fill(expect.objectContaining({ status: expect.anything(), upstreams: expect.anything() })),
    );
  });

  it("what the gateway refuses ends with 1 and one line, and with --json with its answer too", async () => {
    const ended = await chat.runAll(
      "peers none",
      "pick none --json",
      "match /none",
      "set chat/none --weight 2",
      "drain none/a",
      "kill none",
      "events --type none",
    );
    expect(ended.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(ended.map(({ stderr }) => /^error: (\w+): .*\n$/.exec(stderr)?.[1])).toEqual([
      "no_such_upstream",
      "no_such_upstream",
      "no_route",
      "no_such_peer",
      "no_such_upstream",
      "no_such_session",
      "bad_request",
    ]);
    expect(JSON.parse(ended[1]!.stdout)).toMatchObject({ error: { code: "no_such_upstream" } });
  });
});

it("a gateway that is not there ends every command with 2 and one line", async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  for (const args of [["status"], ["drain", "chat/a", "--wait"], ["watch"], ["events"]]) {
    const { code, stdout, stderr } = await switchboard(args, { url });
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: no gateway reachable at http:.*: .*\n$/);
  }
});

it("a token is taken from a file or from the environment, and one that is wrong is refused", async () => {
  const http = readFileSync(path.join(PACKAGE_ROOT, "nginx/switchboard/http.conf"), "utf8");
  const file = path.join(temporaryFolder(), "token");
  writeFileSync(file, `${TOKEN}\n`);
  const { url } = await startChatGateway({
    files: {
      "conf/switchboard/http.conf": http.replace(".init()", `.init{ admin_token_file = "${file}" }`),
    },
  });
  const refused = /^error: unauthorized: .*\n *\(.*--token-file.*\)\n$/;
  expect(await switchboard(["--token-file", file, "status"], { url })).toMatchObject({ code: 0 });
  const env = { SWITCHBOARD_ADMIN_TOKEN: TOKEN };
  expect(await switchboard(["upstreams"], { url, env })).toMatchObject({ code: 0 });
  expect(await switchboard(["status"], { url })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(refused),
  });
  writeFileSync(file, "another");
  expect(await switchboard(["status", "--token-file", file], { url, env })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(refused),
  });
});
