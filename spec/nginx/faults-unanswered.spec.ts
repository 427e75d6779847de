import { BACK_MS, BUSY_MS, FaultStage, HANDSHAKE_TIMEOUT_MS, NOTICE_MS } from "../support/faults/fault-stage";
import type { FaultyBackend } from "../support/faults/faulty-backend";
import { failedOf, longestMs, lostOf, undergo } from "../support/faults/ordeal";
import { expectFoundOnce, expectOthersUntouched } from "../support/faults/verdict";

/** Faults that a further try makes good: no client sees more of them than a wait. */

interface Case {
  readonly index: number;
  readonly breakIt: (backend: FaultyBackend) => Promise<void>;
  readonly first: RegExp;
  readonly last: string;
  /** What the fault may cost a client. */
  readonly waitMs: number;
}

const CASES: Readonly<Record<string, Case>> = {
  "refuses connections": {
    index: 0,
    breakIt: (backend) => backend.refuse(),
    first: /connect (failed|refused)$/,
    last: "connect refused",
    waitMs: 0,
  },
  "drops every SYN": {
    index: 1,
    breakIt: (backend) => backend.blackhole(),
    first: /connect timeout$/,
    last: "connect timeout",
    // Of the few whose connections were in the queue that nobody empties.
    waitMs: HANDSHAKE_TIMEOUT_MS,
  },
  "takes connections and says nothing": {
    index: 2,
    breakIt: (backend) => backend.silence(),
    first: /handshake timeout$/,
    last: "handshake timeout",
    waitMs: HANDSHAKE_TIMEOUT_MS,
  },
  "answers too late": {
    index: 3,
    breakIt: (backend) => backend.slow(3 * HANDSHAKE_TIMEOUT_MS),
    first: /handshake timeout$/,
    last: "handshake timeout",
    waitMs: HANDSHAKE_TIMEOUT_MS,
  },
};

let stage: FaultStage;

beforeAll(async () => {
  stage = await FaultStage.start();
});

it.each(Object.keys(CASES))(
  "a peer that %s fails no handshake, is out at once, and comes back",
  async (name) => {
    const { index, breakIt, first, last, waitMs } = CASES[name]!;
    const victim = stage.backend(index);
    const ordeal = await undergo(stage, victim, () => breakIt(victim), {
      noticeMs: NOTICE_MS,
      backMs: BACK_MS,
    });
    expect(failedOf(ordeal.visits)).toEqual([]);
    expect(lostOf(ordeal.visits)).toEqual([]);
    expect(longestMs(ordeal.visits)).toBeLessThan(waitMs + BUSY_MS);
    expectFoundOnce(stage, ordeal, { first, last });
    await expectOthersUntouched(stage, ordeal);
  },
);
