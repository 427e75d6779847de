import { peer, upstream } from "../support/admin-fixtures";
import { startCommand } from "../support/command";
import { startExampleAdmin } from "../support/fake-admin";
import type { FakeAdmin } from "../support/fake-admin";
import { SWITCHBOARD, switchboard, switchboardEnv } from "../support/switchboard";

const DRAIN = ["drain", "chat/a", "--wait"];

/** Shows peer a as one of these, one after the other, and the last for good. */
function showPeerAs(admin: FakeAdmin, ...states: Parameters<typeof peer>[1][]): void {
  admin.on("GET /v1/upstreams/chat", () => {
    const fields = states.length > 1 ? states.shift() : states[0];
    return { body: upstream("chat", fields === undefined ? [] : [peer("a", fields)]) };
  });
}

function start(args: readonly string[], admin: FakeAdmin): ReturnType<typeof startCommand> {
  return startCommand(process.execPath, [SWITCHBOARD, ...args], { env: switchboardEnv({ url: admin.url }) });
}

function startInTerminal(
  args: readonly string[],
  admin: FakeAdmin,
  env = {},
): ReturnType<typeof startCommand> {
  const line = [process.execPath, SWITCHBOARD, ...args].join(" ");
  return startCommand("script", ["-qec", line, "/dev/null"], {
    env: { ...switchboardEnv({ url: admin.url }), TERM: "xterm", ...env },
  });
}

describe("drain --wait", () => {
  it("ends when the last session has, all addresses of a name together", async () => {
    const admin = await startExampleAdmin();
    let looks = 0;
    admin.on("GET /v1/upstreams/chat", () => {
      looks += 1;
      const entry = (id: string, active: number): ReturnType<typeof peer> =>
        peer(id, { state: "drain", active });
      return { body: upstream("chat", [entry("a#10.0.0.1", 0), entry("a#10.0.0.2", looks < 3 ? 5 : 0)]) };
    });
    const { code, stdout } = await switchboard([...DRAIN, "--json"], { url: admin.url });
    expect(code).toBe(0);
    expect(looks).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ state: "drain", active: 0 });
  });

  it("ends with 1 when the peer is taken back into use", async () => {
    const admin = await startExampleAdmin();
    showPeerAs(admin, { state: "drain", active: 9 }, { state: "ready", active: 8 });
    const { code, stderr } = await switchboard(DRAIN, { url: admin.url });
    expect(code).toBe(1);
    expect(stderr).toMatch(/chat\/a: ready again, no longer draining; 8 sessions open\n$/);
  });

  it("ends when the peer is gone", async () => {
    const admin = await startExampleAdmin();
    showPeerAs(admin, undefined);
    expect((await switchboard(["remove", "chat/a", "--wait"], { url: admin.url })).code).toBe(0);
  });

  it("bridges an outage, and gives up when it lasts", async () => {
    const admin = await startExampleAdmin();
    let looks = 0;
    admin.on("GET /v1/upstreams/chat", (_request, response) => {
      looks += 1;
      if (looks > 1) return { body: upstream("chat", []) };
      response.destroy();
      return undefined;
    });
    expect((await switchboard(DRAIN, { url: admin.url })).code).toBe(0);
    admin.on("GET /v1/upstreams/chat", (_request, response) => void response.destroy());
    const { code, stderr } = await switchboard([...DRAIN, "--timeout", "1s"], { url: admin.url });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^chat\/a: 412 sessions left\nerror: no gateway reachable .*\n$/);
  });

  it("ends with 130 at a Ctrl-C and says that the draining goes on, also while it asks", async () => {
    const admin = await startExampleAdmin();
    // It never answers.
    admin.on("GET /v1/upstreams/chat", () => undefined);
    const command = start(DRAIN, admin);
    await command.whenPrinted(/412 sessions left/);
    command.signal("SIGINT");
    expect(await command.whenEnded()).toBe(130);
    expect(command.output()).toMatch(/chat\/a: stopped waiting; it goes on draining, 412 sessions left\n$/);
    expect(admin.calls()).not.toContain("POST /v1/upstreams/chat/peers/a/ready");
  });

  it("shows a bar on a terminal, and gives the cursor back at a Ctrl-C", async () => {
    const admin = await startExampleAdmin();
    showPeerAs(admin, { state: "drain", active: 103 });
    const terminal = startInTerminal(DRAIN, admin);
    await terminal.whenPrinted(/chat\/a \[=+ +\] 103 of 412 sessions left/);
    terminal.type("\x03");
    expect(await terminal.whenEnded()).toBe(130);
    const output = terminal.output();
    expect(output).toMatch(/stopped waiting; it goes on draining, 103 sessions left/);
    expect(output.lastIndexOf("\x1b[?25h")).toBeGreaterThan(output.lastIndexOf("\x1b[?25l"));
  });
});

describe("on a terminal", () => {
  it("tables have boxes and colours, and NO_COLOR leaves the boxes", async () => {
    const admin = await startExampleAdmin();
    // With what a CI runner may set, which Node itself takes for a reason against colours.
    const coloured = startInTerminal(["peers", "chat"], admin, { NO_COLOR: "", CI: "1" });
    expect(await coloured.whenEnded()).toBe(0);
    expect(coloured.output()).toContain("┌──");
    expect(coloured.output()).toMatch(/\x1b\[32mready *\x1b\[39m/);
    const plain = startInTerminal(["peers", "chat"], admin, { NO_COLOR: "1" });
    expect(await plain.whenEnded()).toBe(0);
    expect(plain.output()).toContain("┌──");
    expect(plain.output()).not.toContain("\x1b[");
  });

  it("kill asks before it ends the sessions of a filter", async () => {
    const admin = await startExampleAdmin();
    const line = ["kill", "--peer", "a"];
    const declined = startInTerminal(line, admin);
    await declined.whenPrinted(/End all sessions of peer a\? \[y\/N\]/);
    declined.type("\r");
    expect(await declined.whenEnded()).toBe(1);
    expect(declined.output()).toContain("nothing was ended");
    expect(admin.requests).toEqual([]);

    const confirmed = startInTerminal(line, admin);
    await confirmed.whenPrinted(/\[y\/N\]/);
    confirmed.type("y\r");
    expect(await confirmed.whenEnded()).toBe(0);
    expect(admin.calls()).toEqual(["DELETE /v1/sessions?peer=a"]);
  });

  it.each([["q"], ["\x03"]])("watch takes the screen and gives it back at %j", async (key) => {
    const admin = await startExampleAdmin();
    const terminal = startInTerminal(["watch", "--interval", "200ms"], admin);
    await terminal.whenPrinted(/chat\/a/);
    terminal.type(key);
    expect(await terminal.whenEnded()).toBe(0);
    const output = terminal.output();
    expect(output).toContain("\x1b[?1049h");
    expect(output.trimEnd().endsWith("\x1b[?25h\x1b[?1049l")).toBe(true);
  });
});
