import { closeFrame, dataHead } from "../../src/core/frame/build";
import { GOING_AWAY } from "../../src/core/frame/close-code";
import { FrameScanner } from "../../src/core/frame/scanner";
import { ToClient } from "../../src/relay/to-client";

const HOLD_BYTES = 4096;
const FINAL_TEXT = 0x81;
const CLOSE = closeFrame(GOING_AWAY, "moved");

/** What goes to the client, as one text. */
function given(toClient: ToClient, chunk: string): string {
  const out = toClient.take(chunk);
  if (typeof out === "string") return out;
  let text = "";
  for (const piece of out) text += piece;
  return text;
}

function leaving(): ToClient {
  const toClient = new ToClient(
    new FrameScanner({ isMasked: false, reserved: 0 }),
    HOLD_BYTES,
    (payload) => payload === "own",
  );
  toClient.holdsMessages = true;
  return toClient;
}

describe("what a peer says while a session leaves it", () => {
  const message = `${dataHead(FINAL_TEXT, 5)}hello`;

  it("goes to the client without the peer's Close", () => {
    const toClient = leaving();
    expect(given(toClient, message + CLOSE)).toBe(message);
    expect(toClient.close !== undefined).toBe(true);
    expect(toClient.isBetween).toBe(true);
  });

  it("is nothing where the Close comes by itself", () => {
    const toClient = leaving();
    expect(given(toClient, CLOSE)).toBe("");
    expect(toClient.close !== undefined).toBe(true);
  });

  it("goes to the client without the pongs that are the gateway's", () => {
    expect(given(leaving(), `${message}${String.fromCharCode(0x8a, 3)}own${message}`)).toBe(
      message + message,
    );
  });
});
