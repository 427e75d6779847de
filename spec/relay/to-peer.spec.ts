import { FrameScanner } from "../../src/core/frame/scanner";
import type { Rng } from "../../src/core/ports";
import { ToPeer } from "../../src/relay/to-peer";
import { frame, KEY } from "../core/frame/frames";
import { seededRng } from "../core/support/seeded-rng";
import { chunksOf, hear, heardOf, isOwn, isOwnPong, randomStream, written } from "./conversation";

const NORMAL = String.fromCharCode(3, 232);
const SIZES = [0, 1, 20, 125, 126, 300];

function newToPeer(): ToPeer {
  return new ToPeer(new FrameScanner({ isMasked: true, reserved: 0 }), isOwnPong);
}

function message(payload: string, first = 0x81): string {
  return frame({ first, payload, key: KEY });
}

/** Cuts and goes on by chance. @returns what was given */
function cutAtRandom(chunks: readonly string[], rng: Rng): string {
  const toPeer = newToPeer();
  let out = "";
  for (const chunk of chunks) {
    if (rng.integer(4) === 1) toPeer.cuts = true;
    const wasCutting = toPeer.cuts;
    out += toPeer.take(chunk);
    const given = hear(out, true);
    expect(given.fault).toBe("");
    expect(toPeer.isBetween).toBe(given.isBetween);
    expect(toPeer.givenMessages).toBe(given.messages.length);
    if (toPeer.kept !== "")
      expect({ wasCutting, isBetween: given.isBetween }).toEqual({ wasCutting: true, isBetween: true });
    if (rng.integer(3) === 1) {
      if (toPeer.kept === "") toPeer.cuts = false;
      else out += toPeer.takeKept();
    }
  }
  return out + toPeer.takeKept();
}

describe("what goes to a peer", () => {
  it("is what came but own pongs, byte for byte, whenever it is cut", () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const rng = seededRng(seed * 6007);
      const stream = randomStream(rng, SIZES, rng.integer(2) === 1);
      const chunks = chunksOf(stream.map((sketch) => written(sketch, true)).join(""), rng, 200);
      const kept = stream.filter((sketch) => !isOwn(sketch));
      expect(cutAtRandom(chunks, rng)).toBe(kept.map((sketch) => written(sketch, true)).join(""));
    }
  });

  it("loses one message where a peer breaks off in the midst of it, and none behind it", () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const rng = seededRng(seed * 4241);
      const stream = randomStream(rng, SIZES, rng.integer(2) === 1);
      const chunks = chunksOf(stream.map((sketch) => written(sketch, true)).join(""), rng, 300);
      const breakAt = rng.integer(chunks.length + 1) - 1;
      const toPeer = newToPeer();
      let before = "";
      let after = "";
      for (const [index, chunk] of chunks.entries()) {
        if (index === breakAt) toPeer.breakOff();
        if (index < breakAt) before += toPeer.take(chunk);
        else after += toPeer.take(chunk);
      }
      const expected = heardOf(stream, true);
      const first = hear(before, true);
      const then = hear(after, true);
      expect(then.fault).toBe("");
      const got = [...first.messages, ...then.messages];
      const lost = expected.messages.filter((one) => !got.includes(one));
      expect(got).toEqual(expected.messages.filter((one) => got.includes(one)));
      expect(lost.length).toBeLessThanOrEqual(toPeer.lostMessages);
      expect(toPeer.givenMessages).toBe(got.length);
      expect(first.controls.concat(then.controls).includes(`8:${NORMAL}`)).toBe(toPeer.close !== undefined);
    }
  });

  it("goes on with all that is behind the end of a broken message", () => {
    const broken = message("broken");
    const toPeer = newToPeer();
    toPeer.take(broken.substring(0, 8));
    expect(toPeer.breakOff()).toBe(true);
    expect(toPeer.take(broken.substring(8) + message("one") + message("two"))).toBe(
      message("one") + message("two"),
    );
    expect(toPeer.lostMessages).toBe(1);
    expect(toPeer.breakOff()).toBe(false);
  });

  it("has a Close in the midst of a broken message, and no pong or fragment before it", () => {
    const toPeer = newToPeer();
    toPeer.take(message("begun", 0x01));
    toPeer.breakOff();
    const close = message(NORMAL, 0x88);
    expect(toPeer.take(message("on", 0x00) + message("own1", 0x8a) + message("on", 0x00) + close)).toBe(
      close,
    );
    expect(toPeer.close).toBe(NORMAL);
  });
});
