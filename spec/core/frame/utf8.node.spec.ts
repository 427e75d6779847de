import { isUtf8 as isUtf8InNode } from "node:buffer";
import fc from "fast-check";
import { cutUtf8, isUtf8 } from "../../../src/core/frame/utf8";

/** Of all that tells first bytes, second bytes and those behind apart, and of what is just beside. */
const EDGES = [
  0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5,
];

function expectAsNode(values: readonly number[]): void {
  const buffer = Buffer.from(values);
  const isValid = isUtf8(buffer.toString("latin1"), 0);
  if (isValid !== isUtf8InNode(buffer))
    throw new Error(`${buffer.toString("hex")} is ${isValid ? "taken" : "refused"}`);
}

describe("UTF-8", () => {
  it("is what Node takes for it: all pairs of bytes", () => {
    for (let first = 0; first < 256; first += 1) {
      expectAsNode([first]);
      for (let second = 0; second < 256; second += 1) expectAsNode([first, second]);
    }
  });

  it("is what Node takes for it: sequences of the edges", () => {
    for (const first of EDGES) {
      for (const second of EDGES) {
        for (const third of EDGES) {
          expectAsNode([first, second, third]);
          for (const fourth of [0x7f, 0x80, 0xbf, 0xc0]) expectAsNode([first, second, third, fourth]);
        }
      }
    }
  });

  it("is cut at characters, and no shorter than it must be", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.nat({ max: 200 }), (text, limit) => {
        const bytes = Buffer.from(text, "utf8").toString("latin1");
        const cut = cutUtf8(bytes, limit);
        expect(bytes.startsWith(cut) && isUtf8(cut, 0)).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(limit);
        expect(cut === bytes || cut.length > limit - 4).toBe(true);
      }),
    );
  });

  it("is judged from an offset on", () => {
    expect(isUtf8("\xff\xffok", 2)).toBe(true);
    expect(isUtf8("ok\xff", 2)).toBe(false);
    expect(isUtf8("ok", 2)).toBe(true);
  });
});
