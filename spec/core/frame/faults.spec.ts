import { FAULT, FrameScanner } from "../../../src/core/frame/scanner";
import { KEY, bytes, frame, head } from "./frames";
import { record } from "./record";
import type { Direction } from "./record";

const OF_SERVER: Direction = { isMasked: false, reserved: 0 };
const OF_CLIENT: Direction = { isMasked: true, reserved: 0 };
const COMPRESSED: Direction = { isMasked: false, reserved: 0x40 };
const SOUND = frame({ first: 0x82, payload: "sound" });
const BEGUN = frame({ first: 0x01, payload: "begun" });

/** Each alone and behind sound frames: the verdict is the same, and what is sound is told of. */
function expectFault(
  fault: string,
  text: string,
  direction = OF_SERVER,
  before: readonly string[] = [],
): void {
  const stream = before.join("");
  const sound = record([stream], direction);
  expect(record([stream + text], direction)).toEqual([...sound, `fault ${fault}`]);
  expect(record([stream, text], direction)).toEqual([...sound, `fault ${fault}`]);
}

function close(payload: string): string {
  return frame({ first: 0x88, payload });
}

function code(value: number): string {
  return bytes(Math.floor(value / 256), value % 256);
}

describe("what a frame may not be", () => {
  it("of an opcode that nobody knows", () => {
    for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
      for (const fin of [0, 0x80]) {
        const expected = `1002 opcode ${opcode} is unknown`;
        expectFault(expected, head(fin + opcode, 0));
        expectFault(expected, head(fin + opcode, 5), OF_SERVER, [SOUND, BEGUN]);
      }
    }
  });

  it("with reserved bits that no extension explains", () => {
    const expected = "1002 a reserved bit is set";
    for (const bits of [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70]) {
      for (const first of [0x81, 0x82, 0x01, 0x88, 0x89, 0x8a]) {
        expectFault(expected, head(first + bits, 0), OF_SERVER, [SOUND]);
        if (bits !== 0x40) expectFault(expected, head(first + bits, 0), COMPRESSED, [SOUND]);
      }
    }
  });

  it("with RSV1 anywhere but at the begin of a message, even with permessage-deflate", () => {
    const expected = "1002 a reserved bit is set";
    for (const first of [0xc8, 0xc9, 0xca]) expectFault(expected, head(first, 0), COMPRESSED);
    for (const begun of [0x41, 0x01]) {
      const before = [frame({ first: begun, payload: "begun" })];
      for (const first of [0xc0, 0x40]) expectFault(expected, head(first, 5), COMPRESSED, before);
    }
    expect(record([frame({ first: 0xc1, payload: "x" })], COMPRESSED)).toEqual(["message 1 1"]);
  });

  it("unmasked from a client, masked from a server", () => {
    for (const first of [0x81, 0x02, 0x88, 0x89]) {
      expectFault("1002 a frame of a client is not masked", head(first, 5), OF_CLIENT);
      expectFault("1002 a frame of a server is masked", head(first, 5, KEY), OF_SERVER);
    }
    expectFault("1002 a frame of a server is masked", head(0x80, 126, KEY), OF_SERVER, [BEGUN]);
  });

  it("a control frame in fragments, or of more than 125 bytes", () => {
    for (const opcode of [8, 9, 10]) {
      expectFault("1002 a control frame is fragmented", head(opcode, 4));
      for (const length of [126, 300, 65536]) {
        expectFault(
          "1002 a control frame of more than 125 bytes",
          head(0x80 + opcode, length).substring(0, 2),
        );
      }
    }
  });

  it("a continuation of nothing, or another begin inside of a message", () => {
    for (const fin of [0, 0x80]) {
      expectFault("1002 a continuation without a beginning", head(fin, 4));
      expectFault("1002 a continuation without a beginning", head(fin, 4), OF_SERVER, [SOUND]);
      for (const opcode of [1, 2]) {
        expectFault("1002 a new message inside a fragmented one", head(fin + opcode, 4), OF_SERVER, [BEGUN]);
      }
    }
  });

  it("of a length in more bytes than it takes", () => {
    const expected = "1002 a length in more bytes than it takes";
    for (const length of [0, 1, 125]) expectFault(expected, head(0x81, length, undefined, 16));
    for (const length of [0, 125, 126, 65535]) expectFault(expected, head(0x81, length, undefined, 64));
    expectFault(expected, head(0x00, 125, undefined, 16), OF_SERVER, [BEGUN]);
    expectFault(expected, head(0x82, 65535, KEY, 64), OF_CLIENT);
  });

  it("of a length that is none, or that cannot be counted", () => {
    const longest = bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    expectFault("1002 a length with its first bit set", bytes(0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0));
    expectFault("1002 a length with its first bit set", bytes(0x82, 127, 0xff) + longest);
    expectFault("1009 a frame of more than 2^53 - 1 bytes", bytes(0x82, 127, 0x7f) + longest);
    expectFault("1009 a frame of more than 2^53 - 1 bytes", bytes(0x82, 127, 0, 0x20, 0, 0, 0, 0, 0, 0));
  });

  it("a Close that says what it may not", () => {
    expectFault("1002 a Close of one byte", head(0x88, 1));
    for (const value of [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]) {
      expectFault(`1002 a Close may not say ${value}`, close(code(value)), OF_SERVER, [SOUND, BEGUN]);
    }
    for (const value of [1000, 1001, 1002, 1003, 1007, 1008, 1011, 1012, 1014, 3000, 4300, 4999]) {
      expect(record([close(code(value))], OF_SERVER)).toEqual([`control 8 ${code(value)}`]);
    }
    expect(record([close("")], OF_SERVER)).toEqual(["control 8 "]);
  });

  it("a Close whose reason is not UTF-8", () => {
    const expected = "1007 the reason of a Close is not UTF-8";
    expectFault(expected, close(code(1000) + bytes(0xff)));
    expectFault(expected, close(`${code(1000)}cut short ${bytes(0xe2, 0x82)}`));
    expectFault(
      expected,
      frame({ first: 0x88, payload: code(1000) + bytes(0xed, 0xa0, 0x80), key: KEY }),
      OF_CLIENT,
    );
    const payload = code(1000) + bytes(0xe2, 0x82, 0xac);
    expect(record([close(payload)], OF_SERVER)).toEqual([`control 8 ${payload}`]);
  });
});

describe("a limit", () => {
  const none = { maxFrameBytes: 0, maxMessageBytes: 0, maxFragments: 0 };

  it("of a frame is found at its head", () => {
    const direction = { ...OF_CLIENT, limits: { ...none, maxFrameBytes: 1000 } };
    const expected = "1009 a frame of more than 1000 bytes (max_frame_bytes)";
    expect(record([frame({ first: 0x82, payload: "x".repeat(1000), key: KEY })], direction)).toEqual([
      "message 2 1000",
    ]);
    expectFault(expected, head(0x82, 1001, KEY).substring(0, 4), direction);
    expectFault(expected, head(0x80, 2 ** 40, KEY), direction, [
      frame({ first: 0x02, payload: "x", key: KEY }),
    ]);
  });

  it("of a message is found at the head of the fragment that exceeds it", () => {
    const direction = { ...OF_SERVER, limits: { ...none, maxMessageBytes: 10 } };
    const expected = "1009 a message of more than 10 bytes (max_message_bytes)";
    expectFault(expected, head(0x82, 11), direction, [SOUND]);
    expectFault(expected, head(0x00, 6), direction, [SOUND, BEGUN]);
    const ping = frame({ first: 0x89, payload: "p".repeat(100) });
    const rest = frame({ first: 0x80, payload: "x".repeat(5) });
    expect(record([BEGUN + ping + rest + BEGUN + rest], direction)).toEqual([
      `control 9 ${"p".repeat(100)}`,
      "message 1 10",
      "message 1 10",
    ]);
  });

  it("of fragments is found at the first that is too many", () => {
    const direction = { ...OF_SERVER, limits: { ...none, maxFragments: 3 } };
    const more = frame({ first: 0x00, payload: "" });
    const last = frame({ first: 0x80, payload: "" });
    expect(record([BEGUN + more + last + BEGUN + more + last], direction)).toEqual([
      "message 1 5",
      "message 1 5",
    ]);
    expectFault("1009 a message of more than 3 frames (max_fragments)", last, direction, [
      SOUND,
      BEGUN,
      more,
      more,
    ]);
  });
});

describe("behind a fault", () => {
  it("nothing is looked at, whatever comes", () => {
    const scanner = new FrameScanner(OF_SERVER);
    const text = SOUND + head(0x83, 2) + SOUND;
    scanner.begin();
    expect(scanner.next(text)).toBe(FAULT);
    const fault = scanner.fault;
    expect([scanner.start, scanner.at, scanner.frameEnd, scanner.messageEnd]).toEqual([7, 7, 7, 7]);
    expect(scanner.next(text)).toBe(FAULT);
    scanner.begin();
    expect(scanner.next(SOUND)).toBe(FAULT);
    expect([scanner.messages, scanner.payloadBytes, scanner.at]).toEqual([1, 5, 0]);
    expect(scanner.fault).toBe(fault);
  });
});
