import { whenNothingIsCounted } from "../support/admin";
import { adminRequest } from "../support/admin-request";
import { freePort } from "../support/free-port";
import { acceptance, serverFrame, upgraded } from "../support/half-websocket";
import { answer, startRawBackend } from "../support/raw-backend";
import type { RawBackend } from "../support/raw-backend";
import { sessionOf, startAnswering, startRelayStage } from "../support/relay/stage";
import type { NamedBackend, RelayStage } from "../support/relay/stage";
import { waitFor } from "../support/wait-for";

const CLOSE = 0x8;
const TEXT = 0x1;

let stage: RelayStage;
let backends: Record<"a" | "b" | "c", NamedBackend>;
/** Says two last words when it is told to close, and does nothing else. */
let stubborn: RawBackend;
/** The Closes it got. */
const closes: Buffer[] = [];
let unavailable: RawBackend;
let otherProtocol: RawBackend;
let otherExtensions: RawBackend;

beforeAll(async () => {
  const started = [await startAnswering("a"), await startAnswering("b"), await startAnswering("c")] as const;
  backends = { a: started[0], b: started[1], c: started[2] };
  const [a, b, c] = started.map(({ address }) => address) as [string, string, string];
  stubborn = await startRawBackend(
    upgraded((socket, opcode, payload) => {
      if (opcode !== CLOSE) return;
      closes.push(payload);
      socket.write(Buffer.concat([serverFrame(TEXT, "last"), serverFrame(TEXT, "words")]));
    }),
  );
  unavailable = await startRawBackend(answer(503));
  const deaf = `127.0.0.1:${await freePort()}`;
  otherProtocol = await startRawBackend((socket, head) =>
    socket.write(acceptance(head, "Sec-WebSocket-Protocol: y\r\n")),
  );
  otherExtensions = await startRawBackend((socket, head) =>
    socket.write(
      acceptance(head, "Sec-WebSocket-Protocol: x\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"),
    ),
  );
  const hard = { unavailable: unavailable.address, deaf, otherProtocol: otherProtocol.address };
  stage = await startRelayStage({
    drain: { peers: { a, b } },
    maint: { peers: { a, b } },
    removal: { peers: { a, b } },
    alone: { peers: { a } },
    fragments: { peers: { a, b } },
    endless: { peers: { a, b }, relay: { move_timeout: "500ms" } },
    lengthy: { peers: { a, b }, relay: { move_timeout: "500ms" } },
    stubborn: { peers: { a: stubborn.address, b }, relay: { close_timeout: "300ms" } },
    picky: {
      // The last to be asked.
      peers: { a, ...hard, otherExtensions: otherExtensions.address, b: { address: b, backup: true } },
      upstream: { retries: 4 },
    },
    refused: { peers: { a, unavailable: unavailable.address, deaf } },
    expelled: { peers: { a, unavailable: unavailable.address, deaf } },
    replay: { peers: { a, b, c }, relay: { replay: 1 } },
    hash: {
      peers: { a, b, c },
      upstream: { balancer: { type: "hash", balance_factor: 100 } },
      route: { key: "$arg_k" },
    },
  });
});

beforeEach(() => {
  for (const { heard, closes: seen } of Object.values(backends)) {
    heard.length = 0;
    seen.length = 0;
  }
});

afterEach(() => whenNothingIsCounted(stage.gateway));

/** Of the last handshake that a backend got. */
function lastHead({ requests }: NamedBackend): { line: string; fields: string[]; resume: unknown } {
  const { method, url, rawHeaders, headers } = requests.at(-1)!;
  const fields: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (name !== "sec-websocket-key" && name !== "switchboard-resume")
      fields.push(`${name}: ${rawHeaders[at + 1]}`);
  }
  return { line: `${method} ${url}`, fields, resume: headers["switchboard-resume"] };
}

describe("a session is moved", () => {
  it("off a peer that drains, and its client notices nothing", async () => {
    const { a, b } = backends;
    const options = { headers: { Cookie: "who=me", "X-Own": "1" }, protocols: ["x", "y"] };
    const client = await stage.connect("drain", "/room%201?k=%41&b", options);
    const first = lastHead(a);
    expect([await client.ask("1"), first.resume]).toEqual(["a: 1", undefined]);
    const others = [await stage.connect("drain"), await stage.connect("drain")];
    await stage.whenCounted("drain", { a: 2, b: 1 });

    await stage.drain("drain", "a");
    await stage.whenCounted("drain", { a: 0, b: 3 });
    expect([await client.ask("2"), a.closes]).toEqual(["b: 2", [1001, 1001]]);
    const resumed = b.requests.filter(({ url }) => url === "/drain/room%201?k=%41&b");
    expect(resumed).toHaveLength(1);
    expect(lastHead({ ...b, requests: resumed })).toEqual({
      ...first,
      resume: `${sessionOf(client)}; from=a; moves=1`,
    });
    await waitFor(async () => (await stage.peerOf(client)) === "b", { what: "the new peer in the list" });

    await stage.ready("drain", "a");
    await stage.drain("drain", "b");
    await stage.whenCounted("drain", { a: 3, b: 0 });
    const again = a.requests.filter(({ url }) => url === "/drain/room%201?k=%41&b").at(-1)!;
    expect(again.headers["switchboard-resume"]).toBe(`${sessionOf(client)}; from=b; moves=2`);
    for (const each of [client, ...others]) expect(await each.ask("3")).toBe("a: 3");
    for (const each of [client, ...others]) expect((await each.close()).code).toBe(1000);
    expect(await stage.outcomeOf(client)).toBe("client:close_1000");
  });

  it.each(["maint", "removal"])("off a peer that is closed at once: %s", async (group) => {
    const client = await stage.connect(group);
    expect(await client.ask("1")).toBe("a: 1");
    await (group === "maint" ? stage.maint(group, "a") : stage.remove(group, "a"));
    await stage.whenCounted(group, { a: 0, b: 1 });
    expect([await client.ask("2"), backends.a.closes]).toEqual(["b: 2", [1001]]);
    await client.close();
  });

  it("past peers that refuse it or have agreed to something else", async () => {
    const client = await stage.connect("picky", "/", { protocols: ["x", "y"] });
    await stage.drain("picky", "a");
    await stage.whenCounted("picky", { a: 0, b: 1 });
    expect([await client.ask("1"), client.socket.protocol]).toEqual(["b: 1", "x"]);
    const asked = [unavailable, otherProtocol, otherExtensions].map(
      ({ requestHeads }) => requestHeads.length,
    );
    expect(asked).toEqual([1, 1, 1]);
    expect(otherProtocol.connections.size + otherExtensions.connections.size).toBe(0);
    await client.close();
  });

  it("nowhere if no peer takes it: it stays, but is closed with 1012 where it must leave", async () => {
    const refused = await stage.connect("refused");
    const leaving = [await stage.connect("alone"), await stage.connect("expelled")];
    const before = unavailable.requestHeads.length;
    await stage.drain("refused", "a");
    await waitFor(() => unavailable.requestHeads.length > before, { what: "another peer to be asked" });
    await stage.maint("alone", "a");
    await stage.maint("expelled", "a");
    for (const client of leaving) {
      expect(await client.nextClose()).toEqual({ code: 1012, reason: "no other backend takes the session" });
      expect(await stage.outcomeOf(client)).toBe("gateway:maint");
    }
    expect(await refused.ask("1")).toBe("a: 1");
    await refused.close();
  });

  it("when the message has ended that its client is in", async () => {
    const { a, b } = backends;
    const client = await stage.connect("fragments");
    client.socket.send("one ", { fin: false });
    await stage.drain("fragments", "a");
    await waitFor(() => b.connections.size > 0, { what: "the handshake with the next peer" });
    client.socket.send("message", { fin: true });
    expect(await client.nextMessage()).toBe("a: one message");
    await stage.whenCounted("fragments", { a: 0, b: 1 });
    expect(await client.ask("next")).toBe("b: next");
    expect([a.heard, b.heard]).toEqual([["one message"], ["next"]]);
    await client.close();
  });

  it("not if that message does not end in time, and is closed where it must leave", async () => {
    const { a, b } = backends;
    const [endless, lengthy] = [await stage.connect("endless"), await stage.connect("lengthy")];
    for (const client of [endless, lengthy]) client.socket.send("no end", { fin: false });
    const before = b.requests.length;
    await stage.maint("endless", "a");
    await stage.drain("lengthy", "a");
    expect(await endless.nextClose()).toEqual({ code: 1012, reason: "no end of a message came" });
    await waitFor(() => b.requests.length === before + 2 && b.connections.size === 0, {
      what: "the next peer to be left",
    });
    lengthy.socket.send(" but one", { fin: true });
    expect([await lengthy.nextMessage(), a.heard, b.heard]).toEqual([
      "a: no end but one",
      ["no end but one"],
      [],
    ]);
    await lengthy.close();
  });

  it("though its old peer answers no Close, with all that it still said", async () => {
    const client = await stage.connect("stubborn");
    await stage.drain("stubborn", "a");
    await waitFor(() => closes.length > 0, { what: "the Close of the old peer" });
    client.send("on");
    expect([await client.nextMessage(), await client.nextMessage(), await client.nextMessage()]).toEqual([
      "last",
      "words",
      "b: on",
    ]);
    expect(closes.map((payload) => payload.readUInt16BE(0))).toEqual([1001]);
    await waitFor(() => stubborn.connections.size === 0, { what: "the old peer to be left" });
    await client.close();
  });

  it("with its first message said again to each next peer, before anything else", async () => {
    const client = await stage.connect("replay");
    expect([await client.ask("hello"), await client.ask("more")]).toEqual(["a: hello", "a: more"]);
    for (const [from, to] of [
      ["a", "b"],
      ["b", "c"],
    ] as const) {
      await stage.drain("replay", from);
      expect(await client.nextMessage()).toBe(`${to}: hello`);
      expect(await client.ask("now")).toBe(`${to}: now`);
    }
    expect([backends.b.heard, backends.c.heard]).toEqual([
      ["hello", "now"],
      ["hello", "now"],
    ]);
    await client.close();
  });

  it("to the peer that its key belongs to next", async () => {
    const pick = async (key: string): Promise<string> => {
      const { json } = await adminRequest<{ peer: { id: string } }>(
        stage.gateway,
        "GET",
        `/v1/upstreams/hash/pick?key=${key}`,
      );
      return json.peer.id;
    };
    const keys: string[] = [];
    for (let nth = 0; keys.length < 8; nth += 1)
      if ((await pick(`key${nth}`)) === "a") keys.push(`key${nth}`);
    const clients = await Promise.all(keys.map((key) => stage.connect("hash", `/?k=${key}`)));
    for (const client of clients) expect(await client.ask("1")).toBe("a: 1");
    await stage.drain("hash", "a");
    await stage.whenCounted("hash", { a: 0 });
    const homes = await Promise.all(keys.map(pick));
    expect(new Set(homes)).toEqual(new Set(["b", "c"]));
    expect(await Promise.all(clients.map((client) => client.ask("2")))).toEqual(
      homes.map((home) => `${home}: 2`),
    );
    for (const client of clients) await client.close();
  });
});
