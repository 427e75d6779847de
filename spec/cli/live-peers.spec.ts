import type { ChatGateway } from "../support/chat-gateway";
import { startChatGateway } from "../support/chat-gateway";
import { waitFor } from "../support/wait-for";

interface Peer {
  readonly id: string;
  readonly state: string;
  readonly active: number;
  readonly removed: boolean;
}

let chat: ChatGateway;

beforeEach(async () => {
  chat = await startChatGateway();
});

async function peers(): Promise<readonly Peer[]> {
  return (await chat.json<{ peers: readonly Peer[] }>("peers", "chat")).peers;
}

describe("the commands that change peers", () => {
  it("add, set, drain, ready, maint and remove one, in words and in JSON", async () => {
    const { address } = chat.backends.a;
    const lines: (readonly [string, string])[] = [
      [`add chat ${address} --id c --weight 2`, "ready, up, weight 2"],
      ["set chat/c --max-conns 7 --backup --zone z", "ready, up, weight 2, max_conns 7, backup, zone z"],
      ["set chat/c --no-backup --zone w", "ready, up, weight 2, max_conns 7, zone w"],
      ["drain chat/c --deadline 1h --close paced --spread 1m", "drain, up, weight 2, max_conns 7, zone w"],
      ["ready chat/c", "ready, up, weight 2, max_conns 7, zone w"],
      ["maint chat/c", "maint,closing, up, weight 2, max_conns 7, zone w"],
      ["remove chat/c", "removed,closing, up, weight 2, max_conns 7, zone w"],
    ];
    for (const [line, facts] of lines) {
      const { stdout, stderr } = await chat.run(...line.split(" "));
      expect(stderr + stdout).toBe(`chat/c (${address}): ${facts}, 0 sessions\n`);
    }
    expect((await peers()).map(({ id }) => id)).toEqual(["a", "b"]);

    expect(await chat.json("add", "chat", "unix:/run/d.sock", "--state", "maint")).toMatchObject({
      id: "unix:/run/d.sock",
      state: "maint",
    });
    const d = "chat/unix:/run/d.sock";
    expect(await chat.json("set", d, "--weight", "5")).toMatchObject({ weight: 5, active: 0 });
    expect(await chat.json("ready", d)).toMatchObject({ state: "ready", removed: false });
    expect(await chat.json("drain", d)).toMatchObject({ state: "drain" });
    expect(await chat.json("maint", d)).toMatchObject({ state: "maint" });
    expect(await chat.json("remove", d, "--sessions", "close")).toMatchObject({ removed: true });
  });

  it("add a peer twice in vain, and take the last ready one out of use only if they must", async () => {
    const { address } = chat.backends.a;
    expect(await chat.run("add", "chat", address, "--id", "a")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: peer_exists: .*\n$/),
    });
    expect((await chat.run("drain", "chat/a")).code).toBe(0);
    const refused = {
      code: 1,
      stderr: expect.stringMatching(/^error: last_ready_peer: .*\n *\(.* --force\)\n$/) as unknown,
    };
    for (const line of ["drain chat/b", "maint chat/b", "set chat/b --state drain"]) {
      expect(await chat.run(...line.split(" "))).toMatchObject(refused);
    }
    expect((await peers()).map(({ state }) => state)).toEqual(["drain", "ready"]);
    expect((await chat.run("drain", "chat/b", "--force")).stdout).toMatch(/: drain, /);
    expect((await chat.run("maint", "chat/b", "--force")).stdout).toMatch(/: maint,/);
    expect((await chat.run("remove", "chat/b")).stdout).toMatch(/: removed,/);
  });
});

describe("--wait", () => {
  it("of drain ends when the last socket has closed", async () => {
    const clients = await chat.connectTo("a", 3);
    const drain = chat.start("drain", "chat/a", "--wait");
    await drain.whenPrinted(/chat\/a: 3 sessions left/);
    // Its new sessions go elsewhere from then on.
    await (await chat.connectTo("b", 1))[0]!.close();
    await clients[0]!.close();
    await waitFor(async () => (await peers())[0]!.active === 2, { what: "one less" });
    expect(drain.output()).not.toContain("drain, ");
    for (const client of clients.slice(1)) await client.close();
    expect(await drain.whenEnded()).toBe(0);
    expect(drain.output()).toMatch(/chat\/a \(.*\): drain, up, weight 1, 0 sessions\n$/);
  });

  it("of drain ends at a Ctrl-C, and the draining goes on", async () => {
    const [client] = await chat.connectTo("a", 1);
    const drain = chat.start("drain", "chat/a", "--wait");
    await drain.whenPrinted(/1 session left/);
    drain.signal("SIGINT");
    expect(await drain.whenEnded()).toBe(130);
    expect(drain.output()).toMatch(/chat\/a: stopped waiting; it goes on draining, 1 session left\n$/);
    expect((await peers())[0]).toMatchObject({ id: "a", state: "drain", active: 1 });
    expect(await client!.ask("still there")).toContain("still there");
  });

  it("of a drain that closes ends with the last that is closed, and says so in JSON", async () => {
    const clients = await chat.connectTo("a", 3);
    const answer = await chat.json(
      ...["drain", "chat/a", "--deadline", "500ms", "--close", "paced", "--spread", "1s", "--wait"],
    );
    expect(answer).toMatchObject({ id: "a", state: "drain", active: 0 });
    await waitFor(() => clients.every(({ isOpen }) => !isOpen), { what: "the end of the sockets" });
  });

  it("of remove ends when the peer is gone", async () => {
    const [kept] = await chat.connectTo("a", 1);
    const remove = chat.start("remove", "chat/a", "--wait");
    await remove.whenPrinted(/1 session left/);
    expect(await peers()).toMatchObject([{ id: "b" }, { id: "a", removed: true, active: 1 }]);
    await kept!.close();
    expect(await remove.whenEnded()).toBe(0);
    await waitFor(async () => (await peers()).length === 1, { what: "no trace of the peer" });

    const { address } = chat.backends.a;
    await chat.run("add", "chat", address, "--id", "a");
    const clients = await chat.connectTo("a", 2);
    const closing = await chat.run("remove", "chat/a", "--sessions", "close", "--wait");
    expect(closing).toMatchObject({ code: 0, stdout: expect.stringMatching(/: removed.*, 0 sessions\n$/) });
    await waitFor(() => clients.every(({ isOpen }) => !isOpen), { what: "the end of the sockets" });
  });
});
