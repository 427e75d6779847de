import { closeAnswer, closeFrame, dataHead, pingFrame } from "../../../src/core/frame/build";
import { NO_CODE, closeSaid } from "../../../src/core/frame/close-code";
import { KEY, bytes, frame, head } from "./frames";
import { record } from "./record";

/** `KEY` as a number. */
const KEY_NUMBER = 0x12ab00fe;

describe("frames that are built", () => {
  it("are those of RFC 6455 section 5.7", () => {
    expect(pingFrame("Hello")).toBe(`${bytes(0x89, 0x05)}Hello`);
    expect(dataHead(0x82, 256)).toBe(bytes(0x82, 0x7e, 0x01, 0x00));
    expect(dataHead(0x82, 65536)).toBe(bytes(0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0));
  });

  it("are masked towards peers", () => {
    expect(pingFrame("a ping", KEY_NUMBER)).toBe(frame({ first: 0x89, payload: "a ping", key: KEY }));
    expect(pingFrame("", KEY_NUMBER)).toBe(frame({ first: 0x89, payload: "", key: KEY }));
    expect(closeFrame(1012, "later", KEY_NUMBER)).toBe(
      frame({ first: 0x88, payload: `${bytes(3, 244)}later`, key: KEY }),
    );
  });

  it("take any 32 bits as a mask, signed or not", () => {
    const greatest = bytes(0xff, 0xff, 0xff, 0xff);
    expect(pingFrame("", 2 ** 32 - 1)).toBe(bytes(0x89, 0x80) + greatest);
    expect(pingFrame("", -1)).toBe(bytes(0x89, 0x80) + greatest);
    expect(pingFrame("", -(2 ** 31))).toBe(bytes(0x89, 0x80, 0x80, 0, 0, 0));
    expect(pingFrame("x", 0)).toBe(`${bytes(0x89, 0x81, 0, 0, 0, 0)}x`);
  });

  it("say a code and a reason, or neither", () => {
    expect(closeFrame(1001, "going")).toBe(`${bytes(0x88, 7, 3, 233)}going`);
    expect(closeFrame(4300, "")).toBe(bytes(0x88, 2, 0x10, 0xcc));
    expect(closeFrame(0, "unsaid")).toBe(bytes(0x88, 0));
    expect(closeFrame(NO_CODE, "unsaid")).toBe(bytes(0x88, 0));
  });

  it("cut a reason of more than 123 bytes at the border of a character", () => {
    const euro = bytes(0xe2, 0x82, 0xac);
    for (const before of [119, 120, 121, 122, 123, 124]) {
      const kept = before <= 120 ? "x".repeat(before) + euro : "x".repeat(Math.min(before, 123));
      const built = closeFrame(1000, "x".repeat(before) + euro);
      expect(built).toBe(frame({ first: 0x88, payload: bytes(3, 232) + kept }));
      expect(record([built], { isMasked: false, reserved: 0 })).toEqual([
        `control 8 ${bytes(3, 232)}${kept}`,
      ]);
    }
    expect(closeFrame(1000, euro.repeat(100)).length).toBe(2 + 2 + 123);
  });

  it("answer a Close with its code", () => {
    expect(closeAnswer(`${bytes(3, 232)}bye`)).toBe(bytes(0x88, 2, 3, 232));
    expect(closeAnswer(`${bytes(3, 232)}bye`, KEY_NUMBER)).toBe(
      frame({ first: 0x88, payload: bytes(3, 232), key: KEY }),
    );
    expect(closeAnswer("")).toBe(bytes(0x88, 0));
  });

  it("tell a length in as few bytes as it takes", () => {
    for (const length of [0, 125, 126, 127, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 5, 2 ** 53 - 1]) {
      expect(dataHead(0x41, length)).toBe(head(0x41, length));
    }
  });
});

describe("what a Close says", () => {
  it("is a code and a reason, or neither", () => {
    expect(closeSaid("")).toEqual({ code: 1005, reason: "" });
    expect(closeSaid(bytes(3, 232))).toEqual({ code: 1000, reason: "" });
    expect(closeSaid(`${bytes(0x10, 0xcc)}peer=b`)).toEqual({ code: 4300, reason: "peer=b" });
  });
});
