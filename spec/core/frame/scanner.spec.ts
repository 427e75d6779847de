import { CONTROL, DONE, FAULT, FrameScanner } from "../../../src/core/frame/scanner";
import type { FrameObserver } from "../../../src/core/frame/scanner";
import { KEY, bytes, frame, head } from "./frames";
import { record } from "./record";

const OF_SERVER = { isMasked: false, reserved: 0 };
const OF_CLIENT = { isMasked: true, reserved: 0 };
const LENGTHS = [0, 1, 125, 126, 127, 65535, 65536, 70000];
const GREAT_LENGTHS = [2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 7, 2 ** 40 + 1, 2 ** 53 - 1];

function scanned(text: string, options = OF_SERVER): FrameScanner {
  const scanner = new FrameScanner(options);
  scanner.begin();
  expect(scanner.next(text)).toBe(DONE);
  return scanner;
}

describe("the frame scanner", () => {
  it("finds messages, and control frames between their fragments", () => {
    const goodbye = `${bytes(3, 232)}bye`;
    const stream = [
      frame({ first: 0x81, payload: "hello" }),
      frame({ first: 0x02, payload: "one" }),
      frame({ first: 0x89, payload: "a ping" }),
      frame({ first: 0x00, payload: "" }),
      frame({ first: 0x8a, payload: "" }),
      frame({ first: 0x80, payload: "two" }),
      frame({ first: 0x82, payload: "" }),
      frame({ first: 0x88, payload: goodbye }),
    ];
    const expected = [
      "message 1 5",
      "control 9 a ping",
      "control 10 ",
      "message 2 6",
      "message 2 0",
      `control 8 ${goodbye}`,
    ];
    expect(record(stream, OF_SERVER)).toEqual(expected);
    expect(record([stream.join("")], OF_SERVER)).toEqual(expected);
  });

  it("unmasks control frames", () => {
    const ping = frame({ first: 0x89, payload: "a ping", key: KEY });
    expect(record([ping + ping], OF_CLIENT)).toEqual(["control 9 a ping", "control 9 a ping"]);
  });

  it("takes control frames of 0 to 125 bytes", () => {
    for (const length of [0, 1, 124, 125]) {
      const payload = "p".repeat(length);
      expect(record([frame({ first: 0x8a, payload })], OF_SERVER)).toEqual([`control 10 ${payload}`]);
      expect(record([frame({ first: 0x89, payload, key: KEY })], OF_CLIENT)).toEqual([
        `control 9 ${payload}`,
      ]);
    }
  });

  it("takes messages of any length, with what comes behind", () => {
    for (const length of LENGTHS) {
      const payload = "x".repeat(length);
      const expected = [`message 1 ${length}`, "message 2 3"];
      const tail = { first: 0x82, payload: "end" };
      expect(record([frame({ first: 0x81, payload }) + frame(tail)], OF_SERVER)).toEqual(expected);
      expect(
        record([frame({ first: 0x81, payload, key: KEY }) + frame({ ...tail, key: KEY })], OF_CLIENT),
      ).toEqual(expected);
    }
  });

  it("counts what is left of the longest frames", () => {
    for (const length of GREAT_LENGTHS) {
      const scanner = scanned(`${head(0x82, length)}abc`);
      expect([scanner.length, scanner.left, scanner.headLength]).toEqual([length, length - 3, 10]);
      scanner.begin();
      expect(scanner.next("x".repeat(1000))).toBe(DONE);
      expect([scanner.left, scanner.at, scanner.start]).toEqual([length - 1003, 1000, -13]);
      const masked = scanned(`${head(0x82, length, KEY)}abc`, OF_CLIENT);
      expect([masked.length, masked.left, masked.headLength]).toEqual([length, length - 3, 14]);
    }
  });

  it("does not look at a frame under way", () => {
    const scanner = scanned(head(0x82, 200000));
    let texts = 0;
    while (scanner.left > 0) {
      scanner.begin();
      expect(scanner.next(bytes(0xff).repeat(50000))).toBe(DONE);
      texts += 1;
    }
    expect([texts, scanner.messages, scanner.frameEnd, scanner.messageEnd]).toEqual([4, 1, 50000, 50000]);
  });

  it("says what the frame is", () => {
    const scanner = scanned(`${head(0x41, 300)}...`, { isMasked: false, reserved: 0x40 });
    expect([scanner.opcode, scanner.isFinal, scanner.reserved]).toEqual([1, false, 0x40]);
    expect([scanner.length, scanner.headLength, scanner.left]).toEqual([300, 4, 297]);
  });

  it("says behind which frame and which message a text can be cut", () => {
    const one = frame({ first: 0x81, payload: "one" });
    const begun = frame({ first: 0x01, payload: "begun" });
    const scanner = scanned(one + begun + head(0x00, 10));
    expect([scanner.start, scanner.frameEnd, scanner.messageEnd]).toEqual([12, 12, 5]);

    scanner.begin();
    expect([scanner.start, scanner.frameEnd, scanner.messageEnd]).toEqual([-2, -1, -1]);
    expect(scanner.next("12345")).toBe(DONE);
    expect([scanner.start, scanner.frameEnd, scanner.messageEnd]).toEqual([-2, -1, -1]);
    scanner.begin();
    expect(scanner.start).toBe(-7);
    const text = `67890${frame({ first: 0x89, payload: "?" })}${frame({ first: 0x80, payload: "" })}${one}`;
    expect(scanner.next(text)).toBe(CONTROL);
    expect([scanner.start, scanner.at, scanner.frameEnd, scanner.messageEnd]).toEqual([5, 8, 8, -1]);
    expect(scanner.next(text)).toBe(DONE);
    expect([scanner.start, scanner.at, scanner.frameEnd, scanner.messageEnd]).toEqual([10, 15, 15, 15]);
    scanner.begin();
    expect([scanner.frameEnd, scanner.messageEnd]).toEqual([0, 0]);
  });

  it("leaves the begin of a head or of a control frame to the next text", () => {
    const ping = frame({ first: 0x89, payload: "p".repeat(125), key: KEY });
    const begun = frame({ first: 0x82, payload: "data", key: KEY });
    for (const cut of [
      ping.substring(0, 130),
      ping.substring(0, 1),
      head(0x82, 70000, KEY).substring(0, 13),
    ]) {
      const scanner = scanned(begun + cut, OF_CLIENT);
      expect([scanner.at, scanner.left, scanner.messageEnd]).toEqual([begun.length, 0, begun.length]);
      expect(scanner.isBetweenMessages()).toBe(true);
    }
  });

  it("tells of no frame twice, nor of one at fault", () => {
    const heads: string[] = [];
    const observer: FrameObserver = {
      frame: (opcode, isFinal, length) => {
        heads.push(`${opcode} ${isFinal ? "final" : "more"} ${length}`);
      },
    };
    const scanner = new FrameScanner({ isMasked: false, reserved: 0, observer });
    const ping = frame({ first: 0x89, payload: "ping" });
    const stream = `${head(0x01, 1)}x${ping}${frame({ first: 0x80, payload: "x".repeat(130) })}${head(0x83, 1)}`;
    let rest = "";
    let controls = 0;
    for (let index = 0; index < stream.length; index += 1) {
      const text = rest + stream.charAt(index);
      scanner.begin();
      while (scanner.next(text) === CONTROL) controls += 1;
      rest = text.substring(scanner.at);
    }
    expect(heads).toEqual(["1 more 1", "9 final 4", "0 final 130"]);
    expect(controls).toBe(1);
    expect(scanner.next(rest)).toBe(FAULT);
  });
});
