import { closePayload, toClient, toPeer, World } from "./world";

const CLOSE = 0x88;

describe("the end of a session in relay mode", () => {
  it("is the client's Close, which the peer gets and answers", () => {
    const world = new World();
    world.fromClient(toPeer("hi") + toPeer(closePayload(4001, "bye"), CLOSE));
    expect(world.closesToPeer()).toEqual(["4001 bye"]);
    world.fromPeer(toClient("last") + toClient(closePayload(4001), CLOSE));
    expect(world.closesToClient()).toEqual(["4001 "]);
    expect(world.heardByClient().messages).toEqual(["1:last"]);
    expect(world.isAtEnd).toBe(true);
    expect(world.relay.outcome).toBe("client:close_4001");
  });

  it("answers the client where its peer never does", () => {
    const world = new World();
    world.fromClient(toPeer(closePayload(1000, "bye"), CLOSE));
    world.pass(29);
    expect(world.isAtEnd).toBe(false);
    world.pass(2);
    expect(world.closesToClient()).toEqual(["1000 "]);
    expect(world.isAtEnd).toBe(true);
  });

  it("answers the client at once where its peer is gone", () => {
    const world = new World();
    world.fromClient(toPeer(closePayload(1000), CLOSE));
    world.peerEnds("reset");
    expect(world.closesToClient()).toEqual(["1000 "]);
    expect(world.isAtEnd).toBe(true);
  });

  it("is the peer's Close, which the client gets", () => {
    const world = new World();
    world.fromPeer(toClient(closePayload(4002, "go"), CLOSE));
    expect(world.closesToClient()).toEqual(["4002 go"]);
    world.fromClient(toPeer(closePayload(4002), CLOSE));
    expect(world.isAtEnd).toBe(true);
    expect(world.relay.outcome).toBe("upstream:close_4002");
    const silent = new World();
    silent.fromPeer(toClient("", CLOSE));
    expect(silent.closesToClient()).toEqual(["none"]);
    silent.pass(31);
    expect(silent.isAtEnd).toBe(true);
    expect(silent.relay.outcome).toBe("upstream:close_1005");
  });

  it("is the client's gone", () => {
    const world = new World();
    world.clientEnds();
    expect(world.line.hasEndedSending).toBe(true);
    world.pass(2);
    expect(world.isAtEnd).toBe(true);
    expect(world.relay.outcome).toBe("client:closed");
    const reset = new World();
    reset.clientEnds("reset");
    expect(reset.isAtEnd).toBe(true);
  });

  it("says 1011 where the peer is gone, 1012 where it was on its way out", () => {
    for (const [state, code] of [
      ["ready", 1011],
      ["drain", 1012],
    ] as const) {
      const world = new World({}, { onCrash: "close" });
      world.line.peer.state = state;
      world.fromPeer(toClient("cut off").substring(0, 5));
      world.peerEnds("reset");
      expect(world.closesToClient()).toEqual([`${code} the backend is gone`]);
      world.pass(6);
      expect(world.isAtEnd).toBe(true);
      expect(world.relay.outcome).toBe("upstream:reset");
    }
  });

  it("says 1002 to whom it belongs", () => {
    const world = new World();
    world.fromClient(toClient("not masked"));
    expect(world.closesToClient()).toEqual(["1002 a frame of a client is not masked"]);
    expect(world.closesToPeer()).toEqual(["1001 the client broke the protocol"]);
    world.pass(2);
    expect(world.isAtEnd).toBe(true);
    const other = new World();
    other.fromPeer(toClient("fine") + toPeer("masked"));
    expect(other.heardByClient().messages).toEqual(["1:fine"]);
    expect(other.closesToClient()).toEqual(["1011 the backend broke the protocol"]);
    expect(other.closesToPeer()).toEqual(["1002 a frame of a server is masked"]);
    expect(other.judged).toEqual(["protocol_error"]);
    expect(other.refusals).toBe(1);
    other.pass(6);
    expect(other.isAtEnd).toBe(true);
  });

  it("comes of what is too large, or too much", () => {
    const large = new World({ maxMessageBytes: 10 });
    large.fromClient(toPeer("12345678901"));
    expect(large.closesToClient()).toEqual(["1009 a message of more than 10 bytes (max_message_bytes)"]);
    expect(large.judged).toEqual(["too_big"]);
    const fast = new World({ messagesPerSecond: 2 });
    fast.fromClient(toPeer("1") + toPeer("2"));
    expect(fast.closesToClient()).toEqual([]);
    fast.fromClient(toPeer("3"));
    expect(fast.closesToClient()).toEqual(["1008 too many messages"]);
    const slowed = new World({ messagesPerSecond: 2, onExcess: "delay" });
    slowed.fromClient(toPeer("1") + toPeer("2") + toPeer("3"));
    expect(slowed.relay.delayS).toBe(0.5);
    expect(slowed.closesToClient()).toEqual([]);
  });

  it("comes with time", () => {
    const old = new World({ maxAgeMs: 60_000 });
    old.pass(53);
    expect(old.closesToClient()).toEqual([]);
    old.pass(8);
    expect(old.closesToClient()).toEqual(["1001 the session is too old"]);
    const idle = new World({ messageTimeoutMs: 10_000 });
    idle.pass(9);
    idle.fromPeer(toClient("a word"));
    idle.pass(9);
    idle.fromPeer(toClient("", 0x89));
    expect(idle.closesToClient()).toEqual([]);
    idle.pass(2);
    expect(idle.closesToClient()).toEqual(["1001 idle"]);
  });

  it("waits for the end of a message, but not for ever, and does not spin meanwhile", () => {
    const world = new World({ maxAgeMs: 1_000 });
    world.fromPeer(toClient("begun", 0x01));
    world.pass(9);
    expect(world.closesToClient()).toEqual([]);
    world.pass(3);
    expect(world.closesToClient()).toEqual(["1001 the session is too old"]);
    world.pass(6);
    expect(world.isAtEnd).toBe(true);
  });

  it("is what an operator says", () => {
    const world = new World();
    expect(world.relay.close("killed", 4100, "enough")).toBe(true);
    expect(world.relay.close("killed")).toBe(false);
    world.settle();
    expect(world.closesToClient()).toEqual(["4100 enough"]);
    expect(world.closesToPeer()).toEqual(["1001 enough"]);
    world.fromClient(toPeer(closePayload(4100), CLOSE));
    world.fromPeer(toClient(closePayload(1001), CLOSE));
    expect(world.isAtEnd).toBe(true);
  });
});
