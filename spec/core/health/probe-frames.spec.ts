import {
  CLOSE,
  closeFrame,
  FrameReader,
  MAX_BYTES,
  MAX_FRAMES,
  NO_FRAME,
  PING,
  pingFrame,
  PONG,
} from "../../../src/core/health/probe-frames";

const bytes = (...codes: number[]): string => codes.map((code) => String.fromCharCode(code)).join("");

const PONG_OF_ABC = bytes(0x8a, 3) + "abc";

/** The opcodes found in chunks of a size. */
function opcodesIn(text: string, chunkBytes: number): number[] {
  const reader = new FrameReader();
  const found: number[] = [];
  for (let start = 0; start < text.length; start += chunkBytes) {
    reader.push(text.substring(start, start + chunkBytes));
    for (let opcode = reader.next(); opcode !== NO_FRAME; opcode = reader.next()) found.push(opcode);
  }
  return found;
}

function faultOf(text: string): string | undefined {
  const reader = new FrameReader();
  reader.push(text);
  for (let opcode = reader.next(); opcode !== NO_FRAME; opcode = reader.next());
  return reader.fault;
}

describe("frames of a probe", () => {
  it("are masked", () => {
    expect(pingFrame(0x01020304, 0xfffefdfc, 0xf00000ff)).toBe(
      bytes(0x89, 0x88, 0xf0, 0, 0, 0xff, 0xf1, 2, 3, 0xfb, 0x0f, 0xfe, 0xfd, 0x03),
    );
    expect(closeFrame(0x01020304)).toBe(bytes(0x88, 0x82, 1, 2, 3, 4, 2, 0xea));
  });
});

describe("frames of a peer", () => {
  it("are found in chunks of any size, whatever data stands between", () => {
    const text =
      bytes(0x81, 5) +
      "hello" +
      bytes(0x89, 0) +
      bytes(0x02, 126, 0x01, 0x00) +
      "x".repeat(256) +
      PONG_OF_ABC +
      bytes(0x80, 127, 0, 0, 0, 0, 0, 1, 0, 0) +
      "y".repeat(65536) +
      bytes(0x88, 2, 3, 0xe8);
    for (const size of [1, 2, 3, 5, 1000, 100_000])
      expect(opcodesIn(text, size)).toEqual([PING, PONG, CLOSE]);
  });

  it("have their payload, if they are control frames", () => {
    const reader = new FrameReader();
    reader.push(bytes(0x81, 1, 0x20) + PONG_OF_ABC);
    expect(reader.next()).toBe(PONG);
    expect(reader.payload).toBe("abc");
    expect(reader.next()).toBe(NO_FRAME);
    expect(reader.fault).toBeUndefined();
  });

  it("are malformed: masked, with reserved bits or opcodes, or control frames that are long or in pieces", () => {
    const wrong = [
      bytes(0x8a, 0x80),
      bytes(0xca, 0),
      bytes(0x83, 0),
      bytes(0x8b, 0),
      bytes(0x0a, 0),
      bytes(0x8a, 126),
    ];
    for (const text of wrong) expect(faultOf(text)).toBe("malformed frame");
  });

  it("are too many or too long", () => {
    expect(faultOf(bytes(0x89, 0).repeat(MAX_FRAMES))).toBeUndefined();
    expect(faultOf(bytes(0x89, 0).repeat(MAX_FRAMES + 1))).toBe("it sends too much");
    expect(faultOf(bytes(0x82, 127, 0, 0, 0, 0, 1, 0, 0, 0) + "x".repeat(MAX_BYTES))).toBe(
      "it sends too much",
    );
    expect(faultOf(bytes(0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0))).toBe("it sends too much");
  });
});
