import { KEY, bytes, frame, head } from "./frames";
import { record } from "./record";
import type { Direction } from "./record";

/** Park and Miller's generator: its products are exact in both runtimes. */
class Seeded {
  constructor(private state: number) {}

  /** @returns 0 to `bound` - 1 */
  below(bound: number): number {
    this.state = (this.state * 16807) % 2147483647;
    return this.state % bound;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

const CASES = 2000;
const FIRSTS = [0x81, 0x82, 0x01, 0x02, 0x80, 0x00, 0x80, 0x88, 0x89, 0x8a, 0x81, 0xc1, 0x42];
const LENGTHS = [0, 1, 2, 3, 9, 125, 126, 127, 300];
const CODES = [1000, 1005, 1012, 2999, 4300];

function anyFrame(seeded: Seeded, isMasked: boolean): string {
  const first = FIRSTS[seeded.below(FIRSTS.length)]! ^ (seeded.chance(2) ? 1 << seeded.below(8) : 0);
  const length = LENGTHS[seeded.below((first & 8) !== 0 ? 6 : LENGTHS.length)]!;
  const key = isMasked !== seeded.chance(1) ? KEY : undefined;
  if (seeded.chance(1)) return head(first, seeded.below(2 ** 30) * 2 ** 20, key, 64);
  let payload = "";
  if ((first & 15) === 8 && length >= 2) {
    const code = CODES[seeded.below(CODES.length)]!;
    payload = bytes(Math.floor(code / 256), code % 256);
  }
  while (payload.length < length) payload += bytes(seeded.below(seeded.chance(5) ? 256 : 128));
  return frame({ first, payload, key, lengthBits: seeded.chance(1) ? 64 : undefined });
}

function anyStream(seeded: Seeded, isMasked: boolean): string {
  let stream = "";
  if (seeded.chance(5)) {
    while (!seeded.chance(5)) stream += bytes(seeded.below(256));
    return stream;
  }
  let isOpen = false;
  while (!seeded.chance(8)) {
    const next = anyFrame(seeded, isMasked);
    const opcode = next.charCodeAt(0) & 15;
    // Mostly in the order that is allowed.
    if (opcode < 8 && (opcode === 0) !== isOpen && !seeded.chance(2)) continue;
    if (opcode < 8) isOpen = next.charCodeAt(0) < 128;
    stream += next;
  }
  return stream;
}

function cutAnywhere(seeded: Seeded, stream: string): string[] {
  const pieces: string[] = [];
  let at = 0;
  while (at < stream.length) {
    const size = seeded.chance(50) ? 1 + seeded.below(8) : 1 + seeded.below(200);
    pieces.push(stream.substring(at, at + size));
    at += size;
  }
  return pieces;
}

describe("thousands of streams that are drawn", () => {
  it("come out the same in Node and in LuaJIT, whole and cut", () => {
    const seeded = new Seeded(20251);
    const counts = { message: 0, control: 0, fault: 0, broken: 0 };
    let digest = 1;
    for (let index = 0; index < CASES; index += 1) {
      const direction: Direction = {
        isMasked: seeded.chance(50),
        reserved: seeded.chance(70) ? 0x40 : 0,
        limits: seeded.chance(30) ? { maxFrameBytes: 200, maxMessageBytes: 400, maxFragments: 4 } : undefined,
      };
      const stream = anyStream(seeded, direction.isMasked);
      const events = record([stream], direction);
      const said = events.join("\n");
      expect(record(cutAnywhere(seeded, stream), direction).join("\n")).toBe(said);
      for (const event of events) {
        if (event.startsWith("message")) counts.message += 1;
        else if (event.startsWith("control")) counts.control += 1;
        else if (event.startsWith("fault")) counts.fault += 1;
        else counts.broken += 1;
      }
      for (let at = 0; at < said.length; at += 1) digest = (digest * 31 + said.charCodeAt(at)) % 2147483647;
    }
    expect(counts).toEqual({ message: 1865, control: 1532, fault: 923, broken: 0 });
    expect(digest).toBe(1074215312);
  });
});
