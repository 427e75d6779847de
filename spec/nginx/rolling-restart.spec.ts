import type { Crowd, Summary } from "../../src/cli/demo/rolling/crowd";
import { readMetrics } from "../support/metrics";
import { readFigures } from "../support/rolling/figures";
import { SlowReader } from "../support/rolling/slow-reader";
import { SlowSender } from "../support/rolling/slow-sender";
import { crash, rollingRestart, sentOnVisits, setStage, startCrowdOfTalkers } from "../support/rolling/stage";
import type { Stage } from "../support/rolling/stage";
import { waitFor } from "../support/wait-for";

/** `npm run soak` runs the long form. */
const IS_SOAK = process.env["SWITCHBOARD_SOAK"] === "1";
const PLAN = IS_SOAK
  ? { backends: 4, clients: 400, everyMs: 500, largestBytes: 1_000_000, spread: "3s", rounds: 2, crashes: 4 }
  : { backends: 3, clients: 50, everyMs: 150, largestBytes: 300_000, spread: "500ms", rounds: 1, crashes: 2 };
const EMPTY_WITHIN_MS = 30_000;
const SETTLED_WITHIN_MS = 30_000;
const WORKERS = 2;
const PIECES = 3;

jest.setTimeout(IS_SOAK ? 300_000 : 90_000);

/** All is well: nobody was closed, and everything has arrived once, in order, as it was sent. */
const NOTHING_AMISS: Partial<Summary> = {
  faults: [],
  closes: [],
  lost: 0,
  duplicated: 0,
  reordered: 0,
  altered: 0,
  unanswered: 0,
};

function talkers(overrides: object = {}): Parameters<typeof startCrowdOfTalkers>[1] {
  const { clients, everyMs, largestBytes } = PLAN;
  return { clients, everyMs, largestBytes, pieces: PIECES, ...overrides };
}

/** Everybody goes on talking: each client has got another answer. */
async function whenAllHaveHeard(crowd: Crowd): Promise<void> {
  const before = crowd.talkers.map(({ ledger }) => ledger.received);
  await waitFor(
    () => crowd.talkers.every(({ ledger, closed }, at) => closed || ledger.received > before[at]!),
    { timeoutMs: SETTLED_WITHIN_MS, what: "every client to hear something" },
  );
}

describe("clients that talk through a relay", () => {
  it("notice nothing of a rolling restart", async () => {
    const stage = await setStage({
      ...PLAN,
      ownEveryMs: 400,
      pieces: PIECES,
      workers: WORKERS,
      relay: { move_timeout: "20s" },
    });
    const sender = new SlowSender(stage.gateway.url("/talk"), 40);
    const reader = new SlowReader(stage.narrowUrl, 120_000);
    const crowd = await startCrowdOfTalkers(stage, talkers(), [sender, reader]);
    await whenAllHaveHeard(crowd);
    const wasInMessage: boolean[] = [];
    for (let round = 0; round < PLAN.rounds; round += 1) {
      await rollingRestart(stage, {
        kill: round % 2 === 0 ? "SIGKILL" : "SIGTERM",
        emptyWithinMs: EMPTY_WITHIN_MS,
        onDrain: () => wasInMessage.push(sender.isInMessage),
      });
    }
    await whenAllHaveHeard(crowd);
    const summary = await crowd.finish(sentOnVisits(stage), SETTLED_WITHIN_MS);

    expect(summary).toMatchObject(NOTHING_AMISS);
    // Each of them was somewhere else at least once, as each backend was restarted, and it was in the middle of a message.
    expect(crowd.talkers.filter(({ ledger }) => ledger.visits.length < 2).map(({ name }) => name)).toEqual(
      [],
    );
    expect(wasInMessage).toEqual(Array(PLAN.backends * PLAN.rounds).fill(true));
    expect(sender.messages).toBeGreaterThan(1);
    expect(summary.messages).toBeGreaterThan(PLAN.clients * PLAN.rounds * 10);
    if (IS_SOAK) await tell(stage, crowd, summary);
  });

  it("stay connected where a backend crashes, and lose no more than the gateway counts", async () => {
    const stage = await setStage({
      ...PLAN,
      ownEveryMs: 400,
      // A message of several frames that has begun cannot be ended by anybody else.
      pieces: 1,
      workers: WORKERS,
      relay: { hold_bytes: 2_097_152, ping_interval: "1s" },
    });
    const crowd = await startCrowdOfTalkers(stage, talkers({ pieces: 1, mayCrash: true }));
    await whenAllHaveHeard(crowd);
    for (const backend of stage.backends.slice(0, PLAN.crashes)) {
      await crash(backend);
      await whenAllHaveHeard(crowd);
    }
    const summary = await crowd.finish(sentOnVisits(stage), SETTLED_WITHIN_MS);

    expect(summary).toMatchObject(NOTHING_AMISS);
    expect(crowd.talkers.some(({ ledger }) => ledger.visits.length > 1)).toBe(true);
    // Workers publish what they count a moment later.
    await waitFor(async () => (await unconfirmed(stage)) >= summary.forgiven, {
      what: `${summary.forgiven} unconfirmed messages to be counted`,
    });
    if (IS_SOAK) await tell(stage, crowd, summary);
  });
});

/** Messages that the gateway has handed to backends that broke off before they confirmed them. */
async function unconfirmed({ gateway }: Stage): Promise<number> {
  return (await readMetrics(gateway)).sum("switchboard_unconfirmed_messages_total");
}

/** The figures of the long form, for whoever runs it. */
async function tell(stage: Stage, crowd: Crowd, summary: Summary): Promise<void> {
  const said = summary.messages - summary.forgiven;
  await waitFor(async () => (await readFigures(stage)).messages >= said, {
    what: "the gateway to have counted all that was said",
  });
  const { closes, lost, forgiven } = summary;
  const clients = crowd.talkers.length;
  console.log({ clients, closes: closes.length, lost, forgiven, ...(await readFigures(stage)) });
}
