import { frame } from "../core/frame/frames";
import { seededRng } from "../core/support/seeded-rng";
import { chunksOf, randomStream, written } from "./conversation";
import { checkToClient, newToClient } from "./to-client-check";

const HOLD_BYTES = 40;
const SIZES = [0, 1, 30, HOLD_BYTES - 1, HOLD_BYTES, HOLD_BYTES + 1, 130, 300];
const OWN_PONG = frame({ first: 0x8a, payload: "own1" });
const GOING_AWAY = String.fromCharCode(3, 233);
const CLOSE = frame({ first: 0x88, payload: GOING_AWAY });

describe("what goes to a client", () => {
  it("is what came, in whatever parts", () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const rng = seededRng(seed * 7919);
      const stream = randomStream(rng, SIZES, rng.integer(2) === 1);
      const chunks = chunksOf(stream.map((sketch) => written(sketch, false)).join(""), rng, 200);
      const from = seed % 3 === 0 ? rng.integer(chunks.length + 1) - 1 : chunks.length;
      checkToClient(stream, chunks, HOLD_BYTES, (index) => index >= from);
    }
  });

  it("goes on as the very text, where that is of whole frames", () => {
    const text = frame({ first: 0x01, payload: "a" }) + frame({ first: 0x89, payload: "ping" });
    const toClient = newToClient(HOLD_BYTES);
    expect(toClient.take(text)).toBe(text);
    expect(toClient.isBetween).toBe(false);
    const rest = frame({ first: 0x80, payload: "b" });
    expect(toClient.take(rest)).toBe(rest);
    expect(toClient.isBetween).toBe(true);
  });

  it("has neither the peer's Close nor own pongs in it while messages are held", () => {
    const message = frame({ first: 0x81, payload: "last" });
    const toClient = newToClient(HOLD_BYTES);
    toClient.holdsMessages = true;
    expect(toClient.take(OWN_PONG)).toBe("");
    expect(toClient.take(message + CLOSE)).toEqual([message]);
    expect(toClient.close).toBe(GOING_AWAY);
    expect(toClient.isBetween).toBe(true);
  });

  it("ends before a frame at fault", () => {
    const toClient = newToClient(HOLD_BYTES);
    const message = frame({ first: 0x81, payload: "fine" });
    expect(toClient.take(message + frame({ first: 0x83, payload: "not" }))).toEqual([message]);
    expect(toClient.fault?.code).toBe(1002);
  });

  it("is not at rest among fragments that have gone, but is where the end of the message is held", () => {
    const toClient = newToClient(HOLD_BYTES);
    toClient.take(frame({ first: 0x81, payload: "held" }).substring(0, 4));
    expect(toClient.isAtRest()).toBe(true);
    const other = newToClient(HOLD_BYTES);
    other.take(
      frame({ first: 0x01, payload: "gone" }) + frame({ first: 0x80, payload: "held" }).substring(0, 4),
    );
    expect(other.isAtRest()).toBe(false);
  });
});
