import { eventText, peer, upstream } from "../support/admin-fixtures";
import { startCommand } from "../support/command";
import { refusal, startExampleAdmin } from "../support/fake-admin";
import type { FakeAdmin } from "../support/fake-admin";
import { SWITCHBOARD, switchboard, switchboardEnv } from "../support/switchboard";

function start(args: readonly string[], admin: FakeAdmin): ReturnType<typeof startCommand> {
  return startCommand(process.execPath, [SWITCHBOARD, ...args], { env: switchboardEnv({ url: admin.url }) });
}

describe("switchboard events", () => {
  it("comes back behind the last event where the stream is lost, with one JSON in each line", async () => {
    const admin = await startExampleAdmin();
    let streams = 0;
    admin.on("GET /v1/events", (_request, response) => {
      streams += 1;
      response.writeHead(200, { "content-type": "text/event-stream" });
      const text = eventText(streams, "peer", { id: streams, text: "Grüße" });
      // In pieces that fit no event and no character.
      const bytes = Buffer.from(`retry: 50\n: hello\n\n${text}`);
      const middle = bytes.indexOf("Gr") + 3;
      response.write(bytes.subarray(0, middle));
      setTimeout(() => {
        response.write(bytes.subarray(middle));
        if (streams < 3) setTimeout(() => response.destroy(), 20);
      }, 20);
      return undefined;
    });
    const command = start(["events", "--json", "--type", "peer,drain", "--after", "0"], admin);
    await command.whenPrinted(/"id":3/);
    expect(command.output()).toBe(
      '{"id":1,"text":"Grüße"}\nthe connection is lost; trying again\n' +
        '{"id":2,"text":"Grüße"}\nthe connection is lost; trying again\n{"id":3,"text":"Grüße"}\n',
    );
    expect(admin.requests.map(({ target, headers }) => [target, headers["last-event-id"]])).toEqual([
      ["/v1/events?type=peer%2Cdrain", "0"],
      ["/v1/events?type=peer%2Cdrain", "1"],
      ["/v1/events?type=peer%2Cdrain", "2"],
    ]);
    command.signal("SIGINT");
    expect(await command.whenEnded()).toBe(0);
  });

  it("goes on through an outage, and tells of it once", async () => {
    const admin = await startExampleAdmin();
    let streams = 0;
    admin.on("GET /v1/events", (_request, response) => {
      streams += 1;
      if (streams === 2 || streams === 3) return void response.destroy();
      response.writeHead(200);
      response.write(`retry: 50\n${eventText(streams, "dropped", { missed: streams })}`);
      if (streams === 1) setTimeout(() => response.destroy(), 20);
      return undefined;
    });
    const command = start(["events"], admin);
    await command.whenPrinted(/missed=4/);
    expect(command.output()).toBe(
      "- dropped missed=1\nthe connection is lost; trying again\n- dropped missed=4\n",
    );
  });

  it("ends where it cannot begin", async () => {
    const admin = await startExampleAdmin();
    admin.on("GET /v1/events", refusal(400, "bad_request", 'type: there is no "x"'));
    const { code, stderr } = await switchboard(["events", "--type", "x"], { url: admin.url });
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: bad_request: type: there is no "x"\n' });
    expect((await switchboard(["events"])).code).toBe(2);
  });
});

describe("switchboard watch", () => {
  it("prints a table for each look, with rates from the second on, through an outage", async () => {
    const admin = await startExampleAdmin();
    let looks = 0;
    admin.on("GET /v1/upstreams", (_request, response) => {
      looks += 1;
      if (looks === 2) return void response.destroy();
      const totals = { opened: looks * 1000, bytes_to_client: looks * 5_000_000, bytes_to_peer: 0 };
      return { body: { upstreams: [upstream("chat", [peer("a", { totals, active: 3 })])] } };
    });
    const args = ["watch", "--interval", "100ms", "--count", "3"];
    const { code, stdout, stderr } = await switchboard(args, { url: admin.url });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^error: no gateway reachable .*\n$/);
    const rows = stdout.split("\n").filter((line) => line.startsWith("chat/a"));
    expect(rows[0]).toMatch(/ - +- +- +- +-$/);
    expect(rows[1]).toMatch(/ \d+ +[\d.]+MB +0B +- +-$/);
    expect(stdout).not.toContain("\x1b");
  });

  it("prints a document in each line with --json, and ends at a Ctrl-C", async () => {
    const admin = await startExampleAdmin();
    const command = start(["watch", "--interval", "50ms", "--json"], admin);
    await command.whenPrinted(/\n.*\n/);
    command.signal("SIGINT");
    expect(await command.whenEnded()).toBe(0);
    for (const line of command.output().trimEnd().split("\n"))
      expect(JSON.parse(line)).toMatchObject({
        status: { generation: 41 },
        upstreams: [{ name: "chat" }, {}],
      });
  });

  it("ends where it cannot begin", async () => {
    expect((await switchboard(["watch"])).code).toBe(2);
  });
});
