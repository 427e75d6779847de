import { CONTROL, FAULT, FrameScanner } from "../../../src/core/frame/scanner";
import type { ScannerOptions } from "../../../src/core/frame/scanner";

/**
 * Scans a stream that comes in pieces, as a caller does, and notes what was found and at which byte of the stream. It ends behind a Close or at a
 * fault.
 */
export function record(pieces: readonly string[], options: ScannerOptions): string[] {
  const events: string[] = [];
  const scanner = new FrameScanner({
    ...options,
    observer: {
      frame: (opcode, isFinal, length) => {
        events.push(`frame ${opcode} ${isFinal ? "final" : "more"} ${length}`);
      },
    },
  });
  let rest = "";
  let before = 0;
  let told = 0;
  for (const piece of pieces) {
    const text = rest + piece;
    scanner.begin();
    let found = scanner.next(text);
    while (found === CONTROL) {
      events.push(
        `control ${before + scanner.start} to ${before + scanner.at}: ${scanner.opcode} ${scanner.payload}`,
      );
      if (scanner.opcode === 8) return events;
      found = scanner.next(text);
    }
    if (scanner.messages > told) {
      told = scanner.messages;
      events.push(`message ${told} of ${scanner.payloadBytes}`);
    }
    if (found === FAULT) {
      events.push(
        `fault ${before + scanner.start}: ${scanner.fault?.code ?? 0} ${scanner.fault?.reason ?? ""}`,
      );
      return events;
    }
    rest = text.substring(scanner.at);
    before += scanner.at;
  }
  return events;
}
