import { DONE, FrameScanner } from "../../../src/core/frame/scanner";
import { KEY, frame } from "./frames";

const OF_SERVER = { isMasked: false, reserved: 0 };
const OF_CLIENT = { isMasked: true, reserved: 0 };

describe("a text that is one message", () => {
  it("is taken at once, and counted as if it was scanned", () => {
    for (const length of [0, 1, 125, 126, 4000, 65535]) {
      for (const options of [OF_SERVER, OF_CLIENT]) {
        const key = options.isMasked ? KEY : undefined;
        const text = frame({ first: 0x82, payload: "x".repeat(length), key });
        const scanner = new FrameScanner(options);
        expect(scanner.takeMessage(text)).toBe(true);
        expect(scanner.messages).toBe(1);
        expect(scanner.payloadBytes).toBe(length);
        scanner.begin();
        expect(scanner.next(text)).toBe(DONE);
        expect(scanner.messages).toBe(2);
        expect(scanner.payloadBytes).toBe(2 * length);
      }
    }
  });

  it("is scanned where it is anything else", () => {
    const hello = frame({ first: 0x81, payload: "hello" });
    const others = [
      "",
      hello.substring(0, 1),
      hello.substring(0, 4),
      hello + hello,
      frame({ first: 0x01, payload: "hello" }),
      frame({ first: 0x80, payload: "hello" }),
      frame({ first: 0x89, payload: "hello" }),
      frame({ first: 0xc1, payload: "hello" }),
      frame({ first: 0x83, payload: "hello" }),
      frame({ first: 0x81, payload: "hello", key: KEY }),
    ];
    for (const text of others) {
      const scanner = new FrameScanner(OF_SERVER);
      expect(scanner.takeMessage(text)).toBe(false);
      expect(scanner.messages).toBe(0);
    }
    expect(new FrameScanner(OF_CLIENT).takeMessage(hello)).toBe(false);
  });

  it("is scanned behind the beginning of another message", () => {
    const scanner = new FrameScanner(OF_SERVER);
    scanner.begin();
    scanner.next(frame({ first: 0x01, payload: "be" }));
    expect(scanner.takeMessage(frame({ first: 0x81, payload: "gin" }))).toBe(false);
  });
});
