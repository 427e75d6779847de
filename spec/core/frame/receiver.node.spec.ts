import fc from "fast-check";
import { KEY, bytes, frame, head } from "./frames";
import type { FrameSketch } from "./frames";
import { ask } from "./oracle";
import { record } from "./record";
import type { Direction } from "./record";

/** What the gateway refuses and `ws` takes: RFC 6455 section 5.2 wants lengths in as few bytes as they take. */
const NOT_MINIMAL = "fault 1002 a length in more bytes than it takes";
/** Against section 5.2 as well; to `ws` it is a frame that is too large, 1009. */
const TOP_BIT = "fault 1002 a length with its first bit set";

/** What was compared, by event without its details. */
const seen = new Map<string, number>();

function compare(pieces: readonly string[], direction: Direction): void {
  const ours = record(pieces, direction);
  const theirs = ask(pieces, direction);
  for (const event of ours) {
    const kind = event === NOT_MINIMAL || event === TOP_BIT ? event : event.split(" ").slice(0, 2).join(" ");
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
  }
  const last = ours.at(-1);
  if (last === NOT_MINIMAL) {
    const sound = ours.slice(0, -1);
    expectSame(theirs.slice(0, sound.length), sound);
    return;
  }
  const expected = ours.map((event) =>
    event.startsWith("fault") ? event.split(" ").slice(0, 2).join(" ") : event,
  );
  if (last === TOP_BIT) expected[expected.length - 1] = "fault 1009";
  expectSame(theirs, expected);
}

/** `expect` is slow where thousands are compared that hardly ever differ. */
function expectSame(theirs: readonly string[], ours: readonly string[]): void {
  if (theirs.join("\n") !== ours.join("\n")) expect(theirs).toEqual(ours);
}

const byte = fc.integer({ min: 0, max: 255 });
const text = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((values) => Buffer.from(values).toString("latin1"));
const direction: fc.Arbitrary<Direction> = fc.record({
  isMasked: fc.boolean(),
  reserved: fc.constantFrom(0, 0x40),
  limits: fc.option(
    fc
      .integer({ min: 1, max: 400 })
      .map((maxMessageBytes) => ({ maxFrameBytes: 0, maxMessageBytes, maxFragments: 0 })),
    { nil: undefined, freq: 4 },
  ),
});

const dataPayload = fc.oneof(
  { weight: 12, arbitrary: text(20) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(125, 126, 127, 300, 400, 500, 600, 65535, 65536)
      .map((length) => "x".repeat(length)),
  },
);
const closePayload = fc.oneof(
  fc.constant(""),
  fc
    .tuple(
      fc.oneof(fc.integer({ min: 998, max: 1018 }), fc.nat({ max: 65535 })),
      fc.string({ maxLength: 20 }),
    )
    .map(([code, reason]) => bytes(code >> 8, code & 255) + reason),
  fc
    .tuple(fc.constantFrom(1000, 3000, 4999), text(10))
    .map(([code, reason]) => bytes(code >> 8, code & 255) + reason),
  text(3),
);
const control: fc.Arbitrary<FrameSketch> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ first: fc.constantFrom(0x89, 0x8a), payload: text(125) }) },
  { weight: 1, arbitrary: fc.record({ first: fc.constant(0x88), payload: closePayload }) },
);

/** The frames of a message, with control frames between them. */
const message = fc
  .record({
    first: fc.constantFrom(0x01, 0x02, 0x41, 0x42),
    payloads: fc.array(dataPayload, { minLength: 1, maxLength: 4 }),
    between: fc.array(fc.option(control, { freq: 1 }), { minLength: 4, maxLength: 4 }),
  })
  .map(({ first, payloads, between }) =>
    payloads.flatMap((payload, index) => {
      const fin = index === payloads.length - 1 ? 0x80 : 0;
      const own = { first: fin + (index === 0 ? first : 0), payload };
      const other = between[index];
      return other === null || other === undefined ? [own] : [other, own];
    }),
  );
const sound = fc
  .array(
    fc.oneof(
      message,
      control.map((one) => [one]),
    ),
    { maxLength: 6 },
  )
  .map((list) => list.flat());

/** Any frame at all, most of them out of place. */
const strange = fc.record({
  first: byte,
  payload: dataPayload,
  lengthBits: fc.option(fc.constantFrom<16 | 64>(16, 64), { nil: undefined, freq: 8 }),
  key: fc.option(fc.constant(KEY), { nil: undefined }),
});

/** Sizes of pieces, gone through again and again. */
const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 3000 })), {
  minLength: 1,
  maxLength: 8,
});

function encode(sketches: readonly FrameSketch[], isMasked: boolean): string {
  return sketches.map((one) => frame(isMasked ? { ...one, key: one.key ?? KEY } : one)).join("");
}

/** Long streams are not cut byte by byte all the way: most of them is payload. */
function cut(stream: string, by: readonly number[]): string[] {
  const pieces: string[] = [];
  const least = stream.length > 5000 ? 500 : 0;
  let at = 0;
  for (let index = 0; at < stream.length; index += 1) {
    const size = by[index % by.length]! + (index < 50 ? 0 : least);
    pieces.push(stream.substring(at, at + size));
    at += size;
  }
  return pieces;
}

describe("frames are found and judged as the ws package does", () => {
  it("in sound streams", () => {
    fc.assert(
      fc.property(sound, direction, sizes, (sketches, options, by) => {
        compare(cut(encode(sketches, options.isMasked), by), options);
      }),
      { numRuns: 400 },
    );
  });

  it("where a frame is out of place", () => {
    fc.assert(
      fc.property(sound, strange, fc.nat(), direction, sizes, (sketches, odd, place, options, by) => {
        const at = place % (sketches.length + 1);
        const before = encode(sketches.slice(0, at), options.isMasked);
        const stream = before + frame(odd) + encode(sketches.slice(at), options.isMasked);
        compare(cut(stream, by), options);
      }),
      { numRuns: 600 },
    );
  });

  it("where bits are wrong, or bytes missing", () => {
    fc.assert(
      fc.property(
        sound,
        fc.array(fc.tuple(fc.nat(), byte), { maxLength: 3 }),
        fc.nat(),
        direction,
        sizes,
        (sketches, flips, end, options, by) => {
          const values = Buffer.from(encode(sketches, options.isMasked), "latin1");
          // Most are near the begin, where heads are.
          for (const [at, bits] of flips)
            if (values.length > 0) values[at % Math.min(values.length, 40)]! ^= bits;
          const whole = values.toString("latin1");
          compare(cut(whole.substring(0, whole.length - (end % 8)), by), options);
        },
      ),
      { numRuns: 600 },
    );
  });

  it("in any bytes", () => {
    fc.assert(
      fc.property(text(60), direction, sizes, (stream, options, by) => compare(cut(stream, by), options)),
      { numRuns: 600 },
    );
  });

  it("whatever the first two bytes", () => {
    for (const isMasked of [false, true]) {
      for (const reserved of [0, 0x40]) {
        for (const before of ["", encode([{ first: 0x01, payload: "begun" }], isMasked)]) {
          for (let first = 0; first < 256; first += 1) {
            for (const short of [0, 1, 126, 128, 129, 253, 254]) {
              compare([before, bytes(first, short)], { isMasked, reserved });
            }
          }
        }
      }
    }
  });

  it("whatever the code of a Close", () => {
    for (let code = 0; code < 65536; code += code >= 5100 ? 997 : 1) {
      compare([frame({ first: 0x88, payload: bytes(code >> 8, code & 255) })], {
        isMasked: false,
        reserved: 0,
      });
    }
  });

  it("at the borders of what a length can be", () => {
    for (const length of [
      0,
      125,
      126,
      65535,
      65536,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 53 - 1,
      2 ** 53,
      2 ** 62,
      2 ** 63,
    ]) {
      for (const bits of [16, 64] as const) {
        if (bits === 16 && length > 65535) continue;
        compare([head(0x82, length, undefined, bits)], { isMasked: false, reserved: 0 });
        compare([head(0x82, length, KEY, bits)], { isMasked: true, reserved: 0 });
      }
    }
  });

  it("but for lengths in more bytes than they take, which ws lets pass, and those with the first bit set, which are too large to it", () => {
    const options = { isMasked: false, reserved: 0 };
    const long = [frame({ first: 0x81, payload: "abc", lengthBits: 16 })];
    expect(record(long, options)).toEqual([NOT_MINIMAL]);
    expect(ask(long, options)).toEqual(["message 1 3"]);
    const topBit = [bytes(0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 1)];
    expect(record(topBit, options)).toEqual([TOP_BIT]);
    expect(ask(topBit, options)).toEqual(["fault 1009"]);
  });

  it("and all of that was tried", () => {
    const kinds = ["message 1", "message 2", "control 8", "control 9", "control 10"];
    for (const kind of [...kinds, "fault 1002", "fault 1007", "fault 1009", NOT_MINIMAL, TOP_BIT]) {
      expect([kind, seen.get(kind) ?? 0]).not.toEqual([kind, 0]);
    }
  });
});
