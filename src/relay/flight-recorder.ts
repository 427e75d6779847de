import type { Clock } from "../core/ports";
import type { FrameObserver } from "../core/frame/scanner";
import type { RecordedFrame } from "../core/session/relayed";

const FRAMES = 64;
const FINAL = 0x80;
const OPCODE = 0x0f;
type From = RecordedFrame["from"];

/** The heads of the last frames of a session, in either direction. */
export class FlightRecorder {
  private readonly atS: number[] = [];
  private readonly from: From[] = [];
  private readonly first: number[] = [];
  private readonly length: number[] = [];
  private readonly code: number[] = [];
  private count = 0;

  constructor(private readonly clock: Clock) {}

  /** What writes down the frames of one side. */
  observer(from: From): FrameObserver {
    return {
      frame: (opcode, isFinal, length) => {
        this.note(from, opcode, isFinal, length, 0);
      },
    };
  }

  /** The frame noted last is a Close. */
  noteCode(code: number): void {
    if (this.count > 0) this.code[(this.count - 1) % FRAMES] = code;
  }

  /** A frame of the gateway's own. @param code of a Close, else 0 */
  noteOwn(opcode: number, length: number, code: number): void {
    this.note("gateway", opcode, true, length, code);
  }

  /** The oldest first. */
  frames(): readonly RecordedFrame[] {
    const frames: RecordedFrame[] = [];
    for (const number of $range(Math.max(0, this.count - FRAMES), this.count - 1)) {
      const place = number % FRAMES;
      const first = this.first[place]!;
      const code = this.code[place]!;
      const frame = {
        atS: this.atS[place]!,
        from: this.from[place]!,
        opcode: first & OPCODE,
        isFinal: (first & FINAL) !== 0,
        length: this.length[place]!,
      };
      frames.push(code === 0 ? frame : { ...frame, code });
    }
    return frames;
  }

  private note(from: From, opcode: number, isFinal: boolean, length: number, code: number): void {
    const place = this.count % FRAMES;
    this.atS[place] = this.clock.now();
    this.from[place] = from;
    this.first[place] = isFinal ? opcode | FINAL : opcode;
    this.length[place] = length;
    this.code[place] = code;
    this.count += 1;
  }
}
