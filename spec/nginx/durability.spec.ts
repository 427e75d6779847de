import { setTimeout as sleep } from "node:timers/promises";
import { adminRequest } from "../support/admin-request";
import { documentOf, readExpected } from "../support/asked-changes";
import type { DiskCall, DiskFault, Moment } from "../support/disk-faults";
import { FAULTY_CONF } from "../support/disk-faults";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { Lives } from "../support/lives";
import { waitFor } from "../support/wait-for";

const IS_SOAK = process.env["SWITCHBOARD_SOAK"] === "1";
/** More than any fault needs to be reached. */
const CHANGES_PER_LIFE = 14;
/** Above it the first change after a start writes the state file anew. */
const LARGE_BYTES = 1_200_000;
const KILLS_FROM_OUTSIDE = IS_SOAK ? 90 : 7;

type Points = readonly (readonly [call: DiskCall, moments: readonly Moment[], nths: readonly number[]])[];

const GROWING: Points = [
  ["write", ["before", "half", "after"], IS_SOAK ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [1, 3]],
  ["sync", ["before", "after"], IS_SOAK ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [1, 3]],
  ["truncate", ["before", "after"], IS_SOAK ? [1, 1, 1, 1] : [1]],
];

const REWRITTEN: Points = [
  ["write", ["before", "half", "after"], IS_SOAK ? [1, 2, 3, 4, 5, 6] : [1, 2]],
  ["sync", ["before", "after"], IS_SOAK ? [1, 2, 3, 4, 5, 6] : [1, 2]],
  ["rename", ["before", "after"], IS_SOAK ? [1, 1, 1] : [1]],
  ["syncFolderOf", ["before", "after"], IS_SOAK ? [1, 1, 1] : [1]],
  ["remove", ["before", "after"], IS_SOAK ? [1, 2, 3] : [3]],
  ["open", ["before", "after"], IS_SOAK ? [1, 2, 3] : [3]],
  ["close", ["before", "after"], IS_SOAK ? [1, 2] : [2]],
];

/** The file is shortened at a start after a write that was cut. */
function faultsAt(points: Points): DiskFault[] {
  const cut: DiskFault = { call: "write", moment: "half", nth: 2 };
  return points.flatMap(([call, moments, nths]) =>
    nths.flatMap((nth) =>
      moments.flatMap((moment): DiskFault[] => {
        const fault = { call, moment, nth };
        return call === "truncate" ? [cut, fault] : [fault];
      }),
    ),
  );
}

describe.each([
  ["that grows line by line", 0, GROWING],
  ["that is written anew at once", LARGE_BYTES, REWRITTEN],
])("a state file %s", (_what, lengthBytes, points) => {
  it("holds each answered change whole, and nothing else, wherever its writer is killed", async () => {
    const gateway = await startGateway({ config: documentOf(0), conf: FAULTY_CONF });
    const lives = new Lives(gateway, lengthBytes);
    await lives.change(8);
    await gateway.kill();
    for (const fault of faultsAt(points)) {
      const isKilled = await lives.live(fault, CHANGES_PER_LIFE);
      expect({ ...fault, isKilled }).toEqual({ ...fault, isKilled: true });
    }
    await lives.live(undefined, 1);
  }, 300_000);
});

/** Sets the weight of a peer of its own, again and again. */
class Editor {
  answered = 1;
  asked = 1;

  constructor(
    private readonly gateway: Gateway,
    readonly peer: string,
  ) {}

  /** Until no answer comes. */
  async work(): Promise<void> {
    for (;;) {
      this.asked = this.answered === 1_000 ? 1 : this.answered + 1;
      try {
        const body = { weight: this.asked };
        const target = `/v1/upstreams/chat/peers/${this.peer}`;
        const { status, text } = await adminRequest(this.gateway, "PATCH", target, { body });
        if (status >= 300) throw new Refused(`${status} ${text}`);
      } catch (error) {
        if (error instanceof Refused) throw error;
        return;
      }
      this.answered = this.asked;
    }
  }
}

class Refused extends Error {}

it("holds what was answered to several at once, at whatever instant nginx is killed", async () => {
  const gateway = await startGateway({ config: documentOf(0), workers: 2 });
  const editors = ["a", "b", "c"].map((peer) => new Editor(gateway, peer));
  let made = 0;
  for (let kill = 0; kill < KILLS_FROM_OUTSIDE; kill += 1) {
    const before = editors.map(({ answered }) => answered);
    const hasMade = (): boolean => editors.some(({ answered }, index) => answered !== before[index]);
    const work = Promise.all(editors.map((editor) => editor.work()));
    // Before that nobody leads, and there is nothing to hold.
    await waitFor(hasMade, { what: "a change of this life" });
    await sleep(Math.random() * 150);
    await gateway.kill();
    await work;
    made += editors.filter(({ answered }, index) => answered !== before[index]).length;
    await gateway.start();
    const { weights } = await readExpected(gateway);
    for (const editor of editors) {
      expect([editor.answered, editor.asked]).toContain(weights[editor.peer]);
      editor.answered = weights[editor.peer]!;
    }
  }
  expect(made).toBeGreaterThan(0);
}, 120_000);
