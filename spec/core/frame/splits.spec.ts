import { KEY, bytes, frame } from "./frames";
import type { FrameSketch } from "./frames";
import { record } from "./record";
import type { Direction } from "./record";

const PAYLOAD_126 = "x".repeat(126);
const GOODBYE = bytes(0x03, 0xe9, 0xe2, 0x82, 0xac);

/** By what they begin with: each goes as a client's and as a server's. */
const STREAMS: readonly (readonly FrameSketch[])[] = [
  [
    { first: 0x81, payload: "hello" },
    { first: 0x82, payload: "" },
    { first: 0x82, payload: PAYLOAD_126 },
    { first: 0x81, payload: "." },
  ],
  [
    { first: 0xc1, payload: "compressed" },
    { first: 0x41, payload: "in" },
    { first: 0x00, payload: "" },
    { first: 0x80, payload: "fragments" },
    { first: 0x88, payload: GOODBYE },
  ],
  [
    { first: 0x89, payload: "" },
    { first: 0x02, payload: "data" },
    { first: 0x89, payload: "in between" },
    { first: 0x00, payload: PAYLOAD_126 },
    { first: 0x8a, payload: "" },
    { first: 0x8a, payload: "again" },
    { first: 0x80, payload: "" },
    { first: 0x88, payload: "" },
  ],
  [
    { first: 0x01, payload: "data" },
    { first: 0x89, payload: "ping" },
    { first: 0x81, payload: "out of place" },
  ],
  [
    { first: 0x81, payload: "short", lengthBits: 64 },
    { first: 0x81, payload: "never seen" },
  ],
  [
    { first: 0x81, payload: "" },
    { first: 0x88, payload: bytes(3, 232, 0xc0, 0x80) },
  ],
];

function eachStream(visit: (stream: string, direction: Direction) => void): void {
  for (const sketches of STREAMS) {
    for (const isMasked of [false, true]) {
      let stream = "";
      for (const sketch of sketches) stream += frame(isMasked ? { ...sketch, key: KEY } : sketch);
      visit(stream, { isMasked, reserved: 0x40 });
    }
  }
}

describe("wherever a stream is cut, the same is found", () => {
  it("in two", () => {
    eachStream((stream, direction) => {
      const whole = record([stream], direction);
      for (let cut = 0; cut <= stream.length; cut += 1) {
        expect(record([stream.substring(0, cut), stream.substring(cut)], direction)).toEqual(whole);
      }
    });
  });

  it("in three", () => {
    eachStream((stream, direction) => {
      if (stream.length > 100) return;
      const whole = record([stream], direction);
      for (let first = 0; first <= stream.length; first += 1) {
        for (let second = first; second <= stream.length; second += 1) {
          const pieces = [
            stream.substring(0, first),
            stream.substring(first, second),
            stream.substring(second),
          ];
          expect(record(pieces, direction)).toEqual(whole);
        }
      }
    });
  });

  it("byte by byte, and in pieces of every size", () => {
    eachStream((stream, direction) => {
      const whole = record([stream], direction);
      expect(whole.length).toBeGreaterThan(0);
      for (const event of whole) expect(event.startsWith("broken")).toBe(false);
      for (let size = 1; size <= stream.length; size += 1) {
        const pieces: string[] = [];
        for (let at = 0; at < stream.length; at += size) pieces.push(stream.substring(at, at + size));
        expect(record(pieces, direction)).toEqual(whole);
      }
    });
  });
});
