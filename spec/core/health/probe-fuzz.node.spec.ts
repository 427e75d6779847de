import fc from "fast-check";
import { FrameReader, NO_FRAME } from "../../../src/core/health/probe-frames";
import { HeadReader } from "../../../src/core/handshake/answer-head";

const chunks = (text: fc.Arbitrary<string>) => fc.tuple(text, fc.integer({ min: 1, max: 20 }));
const latin1 = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
const piece = fc.constantFrom(
  "HTTP/1.1 101 OK",
  "HTTP/1.1 100",
  "\r\n",
  "\r\n\r\n",
  "\n\n",
  "Upgrade: websocket",
  ":",
  "A: b",
  " ",
  "",
);
const heads = fc.oneof(
  latin1,
  fc
    .array(
      fc.oneof(
        piece,
        latin1.map((text) => text.slice(0, 8)),
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join("")),
);
const frame = fc
  .tuple(fc.constantFrom(0x81, 0x82, 0x00, 0x88, 0x89, 0x8a), fc.integer({ min: 0, max: 125 }))
  .map(([first, length]) => String.fromCharCode(first, length) + "p".repeat(length));
const streams = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: frame },
      latin1.map((text) => text.slice(0, 6)),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(""));

function readHead(text: string, size: number): unknown {
  const reader = new HeadReader();
  let end = 0;
  while (end < text.length) {
    const isOver = reader.push(text.slice(end, end + size));
    end += size;
    if (isOver) break;
  }
  return {
    head: reader.head,
    fault: reader.fault,
    rest: reader.head === undefined ? "" : reader.rest + text.slice(end),
  };
}

function readFrames(text: string, size: number): unknown {
  const reader = new FrameReader();
  const found: string[] = [];
  for (let start = 0; start < text.length; start += size) {
    reader.push(text.slice(start, start + size));
    for (let opcode = reader.next(); opcode !== NO_FRAME; opcode = reader.next())
      found.push(`${opcode} ${reader.payload}`);
  }
  return { found, fault: reader.fault };
}

describe("whatever a peer sends", () => {
  it("its head reads the same in chunks of any size", () => {
    fc.assert(
      fc.property(chunks(heads), ([text, size]) => {
        expect(readHead(text, size)).toEqual(readHead(text, text.length + 1));
      }),
      { numRuns: 2000 },
    );
  });

  it("its frames read the same in chunks of any size", () => {
    fc.assert(
      fc.property(chunks(streams), ([text, size]) => {
        expect(readFrames(text, size)).toEqual(readFrames(text, text.length + 1));
      }),
      { numRuns: 2000 },
    );
  });
});
