import { hear } from "./conversation";
import { closePayload, toClient, toPeer, World, type WorldLine } from "./world";

const CLOSE = 0x88;
const ANSWER = toClient(closePayload(1001), CLOSE);

function messagesOf(line: WorldLine): readonly string[] {
  return hear(line.inbox.text, true).messages;
}

function moving(mustLeave = true): World {
  const world = new World();
  expect(world.relay.move("drained", mustLeave)).toBe(true);
  world.settle();
  expect(world.isDialling).toBe(true);
  return world;
}

describe("a move", () => {
  it("takes the client to another peer between two messages", () => {
    const world = moving();
    world.fromClient(toPeer("one") + toPeer("two").substring(0, 7));
    world.dialled();
    expect(world.closesToPeer()).toEqual([]);
    world.fromClient(toPeer("two").substring(7));
    world.fromClient(toPeer("three"));
    expect(world.closesToPeer()).toEqual(["1001 moved"]);
    expect(world.relay.isClientPaused()).toBe(true);
    world.fromPeer(toClient("last words") + ANSWER);
    expect(world.relay.moves).toBe(1);
    expect(world.lines.map((line) => messagesOf(line))).toEqual([["1:one", "1:two"], ["1:three"]]);
    expect(world.heardByClient().messages).toEqual(["1:last words"]);
    expect(world.closesToClient()).toEqual([]);
    expect(world.relay.unconfirmed).toBe(0);
    expect(world.lines[0]!.releases).toBe(1);
  });

  it("that nobody takes ends the session if it must leave, else it stays", () => {
    const leaving = moving();
    leaving.notTaken();
    expect(leaving.closesToClient()).toEqual(["1012 nobody takes it"]);
    const staying = moving(false);
    staying.notTaken();
    staying.fromClient(toPeer("on"));
    expect(staying.closesToClient()).toEqual([]);
    expect(messagesOf(staying.line)).toEqual(["1:on"]);
    expect(staying.failures).toBe(1);
  });

  it("that finds no end of a message ends a session that must leave, without another wait", () => {
    const world = moving();
    world.fromPeer(toClient("begun", 0x01));
    world.dialled();
    world.pass(9);
    expect(world.closesToClient()).toEqual([]);
    world.pass(2);
    expect(world.closesToClient()).toEqual(["1012 no end of a message came"]);
  });

  it("that finds no end of a message leaves the session where it is, with what was kept", () => {
    const world = moving(false);
    world.fromPeer(toClient("begun", 0x01));
    const next = world.dialled();
    world.fromClient(toPeer("kept"));
    expect(messagesOf(world.line)).toEqual([]);
    world.pass(11);
    expect(next.releases).toBe(1);
    world.fromClient(toPeer("behind"));
    expect(messagesOf(world.lines[0]!)).toEqual(["1:kept", "1:behind"]);
    expect(world.relay.isMoving()).toBe(false);
  });

  it("that comes to nothing gives what was kept before anything else is read", () => {
    const world = moving(false);
    world.fromPeer(toClient("begun", 0x01));
    world.dialled();
    world.fromClient(toPeer("kept"));
    world.nowS += 11;
    world.relay.step();
    expect(world.relay.isClientPaused()).toBe(false);
    expect(messagesOf(world.line)).toEqual(["1:kept"]);
  });

  it("leaves an old peer that does not close, be it silent or never so", () => {
    const silent = moving();
    silent.fromClient(toPeer("sent"));
    silent.dialled();
    silent.pass(6);
    expect(silent.relay.moves).toBe(1);
    expect(silent.relay.unconfirmed).toBe(1);
    const chatty = moving();
    chatty.dialled();
    for (let second = 0; second < 40 && chatty.relay.moves === 0; second += 1) {
      chatty.pass(1);
      if (chatty.relay.moves === 0) chatty.fromPeer(toClient("on and on"));
    }
    expect(chatty.relay.moves).toBe(1);
    expect(chatty.closesToClient()).toEqual([]);
  });

  it("follows a crash, and counts what the peer may have missed", () => {
    const world = new World();
    world.fromClient(toPeer("missed") + toPeer("half").substring(0, 7));
    world.peerEnds("reset");
    world.fromClient(toPeer("half").substring(7) + toPeer("kept"));
    const next = world.dialled();
    expect(messagesOf(next)).toEqual(["1:kept"]);
    expect(world.relay.unconfirmed).toBe(2);
    world.peerEnds("reset", next);
    expect(world.relay.unconfirmed).toBe(3);
    const third = world.dialled();
    world.fromClient(toPeer("on"));
    expect(messagesOf(third)).toEqual(["1:on"]);
    expect(world.closesToClient()).toEqual([]);
  });

  it("ends with 1011 where peers break off again and again, or the route moves none", () => {
    const world = new World();
    for (let crashes = 1; crashes <= 3; crashes += 1) {
      world.peerEnds("reset");
      world.dialled();
    }
    world.peerEnds("reset");
    expect(world.closesToClient()).toEqual(["1011 the backend is gone"]);
    const closing = new World({}, { onCrash: "close" });
    closing.peerEnds("reset");
    expect(closing.closesToClient()).toEqual(["1011 the backend is gone"]);
  });

  it("ends with 1012 where its client is in the midst of a message", () => {
    const world = new World();
    world.fromPeer(toClient("begun", 0x01));
    world.peerEnds("reset");
    expect(world.closesToClient()).toEqual(["1012 the backend is gone"]);
  });

  it("goes where a peer sends it", () => {
    const world = new World();
    world.fromPeer(toClient(closePayload(4300, "peer=b"), CLOSE));
    expect(world.relay.moving?.redirect).toBe("b");
    expect(world.closesToPeer()).toEqual(["4300 "]);
    world.dialled();
    expect(world.relay.moves).toBe(1);
    const unknown = new World();
    unknown.fromPeer(toClient(closePayload(4300, "peer=x"), CLOSE));
    unknown.notTaken();
    expect(unknown.closesToClient()).toEqual(["1012 nobody takes it"]);
    const off = new World({ acceptRedirect: false });
    off.fromPeer(toClient(closePayload(4300, "peer=b"), CLOSE));
    expect(off.closesToClient()).toEqual(["4300 peer=b"]);
  });

  it("does not go round and round between peers that send it on", () => {
    const world = new World();
    for (let sent = 0; sent < 3; sent += 1) {
      world.fromPeer(toClient(closePayload(4300, "peer=b"), CLOSE));
      world.dialled();
    }
    world.fromPeer(toClient(closePayload(4300, "peer=b"), CLOSE));
    expect(world.closesToClient()).toEqual(["1012 the backend is gone"]);
  });

  it("says the client's first messages again, however they came", () => {
    const world = new World({ replay: 1 });
    world.peerEnds("reset");
    world.fromClient(toPeer("hello").substring(0, 8));
    world.dialled();
    world.fromClient(toPeer("hello").substring(8) + toPeer("more"));
    world.peerEnds("reset");
    expect(messagesOf(world.dialled())).toEqual(["1:hello"]);
    const broken = new World({ replay: 1 });
    broken.fromClient(toPeer("lost").substring(0, 8));
    broken.peerEnds("reset");
    broken.fromClient(toPeer("lost").substring(8) + toPeer("hello"));
    broken.dialled();
    broken.peerEnds("reset");
    expect(messagesOf(broken.dialled())).toEqual(["1:hello"]);
  });
});

describe("a Close during a move", () => {
  const phases: readonly [string, (world: World) => void][] = [
    ["while a peer is looked for", () => undefined],
    [
      "while no message has ended",
      (world) => {
        world.fromPeer(toClient("begun", 0x01));
        world.dialled();
      },
    ],
    ["while the old peer says its last", (world) => void world.dialled()],
  ];
  for (const [name, bring] of phases) {
    it(`of the operator, ${name}`, () => {
      const world = moving();
      bring(world);
      world.relay.close("killed");
      world.pass(11);
      expect(world.closesToClient()).toEqual(["1008 closed by the operator"]);
      world.pass(6);
      expect(world.isAtEnd).toBe(true);
      if (world.isDialling) world.dialled();
      expect(world.lines.map((line) => line.releases)).toEqual(world.lines.map(() => 1));
    });

    it(`of the client, ${name}`, () => {
      const world = moving();
      bring(world);
      world.fromClient(toPeer("last") + toPeer(closePayload(1000), CLOSE));
      world.pass(60);
      expect(world.isAtEnd).toBe(true);
      expect(world.closesToClient()).toEqual(["1000 "]);
      if (world.isDialling) world.dialled();
      expect(world.lines.map((line) => line.releases)).toEqual(world.lines.map(() => 1));
      expect(world.lines.map((line) => messagesOf(line)).flat()).toEqual(["1:last"]);
    });
  }
});

describe("pings", () => {
  it("find a client that is gone, and a peer that hangs", () => {
    const world = new World({ pingIntervalMs: 20_000, moveTimeoutMs: 1000 }, { onCrash: "close" });
    world.pass(19);
    expect(world.heardByClient().controls.length).toBe(1);
    for (let second = 0; second < 20; second += 1) {
      world.fromClient(toPeer("", 0x8a));
      world.pass(1);
    }
    expect(world.lines[0]!.isCut).toBe(true);
    expect(world.closesToClient()).toEqual(["1011 the backend is gone"]);
    const gone = new World({ pingIntervalMs: 20_000 });
    gone.pass(31);
    expect(gone.isAtEnd).toBe(true);
    expect(gone.relay.outcome).toBe("client:gone");
  });

  it("do not take for dead whom nobody reads from, or whose ping cannot go out yet", () => {
    const world = new World({ pingIntervalMs: 20_000 });
    world.peerEnds("reset");
    world.fromClient(toPeer("kept"));
    world.pass(120);
    expect(world.isAtEnd).toBe(false);
    const large = new World({ pingIntervalMs: 20_000 });
    const message = toPeer("x".repeat(300));
    for (let at = 0; at < 280; at += 1) {
      large.fromClient(message.substring(at, at + 1));
      large.pass(1);
    }
    expect(large.line.isCut).toBe(false);
    expect(large.closesToClient()).toEqual([]);
  });
});
