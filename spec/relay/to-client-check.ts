import { CONTROL, FrameScanner } from "../../src/core/frame/scanner";
import { ToClient } from "../../src/relay/to-client";
import { hear, heardOf, isOwnPong, type Sketch } from "./conversation";

const HEAD_BYTES = 14;
const CONTROL_BYTES = 130;

export function newToClient(holdBytes: number): ToClient {
  return new ToClient(new FrameScanner({ isMasked: false, reserved: 0 }), holdBytes, isOwnPong);
}

/** Whatever a peer sends, in whatever parts, its client gets the same, and is between two frames all the time. */
export function checkToClient(
  sketches: readonly Sketch[],
  chunks: readonly string[],
  holdBytes: number,
  holdsMessages: (chunk: number) => boolean,
): void {
  const toClient = newToClient(holdBytes);
  const judge = new FrameScanner({ isMasked: false, reserved: 0 });
  const most = ownBytes(sketches) + CONTROL_BYTES;
  let taken = 0;
  let out = "";
  for (const [index, chunk] of chunks.entries()) {
    toClient.holdsMessages ||= holdsMessages(index);
    const data = toClient.take(chunk);
    const text = typeof data === "string" ? data : data.join("");
    out += text;
    taken += chunk.length;
    judge.begin();
    while (judge.next(text) === CONTROL);
    const isSound = judge.fault === undefined && judge.at === text.length && judge.left === 0;
    const mostHeld = most + holdBytes + HEAD_BYTES;
    if (!isSound || judge.isBetweenMessages() !== toClient.isBetween || taken - out.length > mostHeld)
      expect({ index, text, isBetween: toClient.isBetween }).toBe("sound, and as much as it can be");
  }
  const { messages, controls } = hear(out, false);
  const expected = heardOf(sketches, false);
  const close = expected.controls.find((control) => control.startsWith("8:"));
  expect(messages).toEqual(expected.messages);
  expect(controls).toEqual(expected.controls.filter((control) => control !== close));
  expect(toClient.close).toBe(close?.substring(2));
  expect(toClient.messages()).toBe(messages.length);
}

/** Own pongs and the Close do not come out. */
function ownBytes(sketches: readonly Sketch[]): number {
  return sketches.reduce((sum, { opcode, payload }) => (opcode > 0x7 ? sum + payload.length + 2 : sum), 0);
}
