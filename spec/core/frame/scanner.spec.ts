import { KEY, frame, head } from "./frames";
import { record } from "./record";

const SERVER = { isMasked: false, reserved: 0 };
const CLIENT = { isMasked: true, reserved: 0 };

describe("the frame scanner", () => {
  it("finds messages, fragments and what stands between them", () => {
    const stream = [
      frame({ first: 0x81, payload: "hello" }),
      frame({ first: 0x02, payload: "one" }),
      frame({ first: 0x89, payload: "ping" }),
      frame({ first: 0x80, payload: "two" }),
      frame({ first: 0x82, payload: "" }),
      frame({ first: 0x88, payload: "\x03\xe8bye" }),
    ].join("");
    expect(record([stream], SERVER)).toEqual([
      "frame 1 final 5",
      "frame 2 more 3",
      "frame 9 final 4",
      "control 12 to 18: 9 ping",
      "frame 0 final 3",
      "frame 2 final 0",
      "frame 8 final 5",
      "control 25 to 32: 8 \x03\xe8bye",
    ]);
  });

  it("unmasks control frames", () => {
    expect(record([frame({ first: 0x89, payload: "a ping", key: KEY })], CLIENT)).toEqual([
      "frame 9 final 6",
      "control 0 to 12: 9 a ping",
    ]);
  });

  it("takes lengths of any size", () => {
    for (const length of [0, 125, 126, 65535, 65536, 2 ** 32, 2 ** 32 + 7, 2 ** 53 - 1]) {
      expect(record([head(0x81, length)], SERVER)).toEqual(
        length === 0 ? ["frame 1 final 0", "message 1 of 0"] : [`frame 1 final ${length}`],
      );
    }
  });
});
