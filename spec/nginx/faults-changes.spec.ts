import { setTimeout as sleep } from "node:timers/promises";
import { BACK_MS, COUNTS_MS, FaultStage, NOTICE_MS, PEERS, PROBE_PATH } from "../support/faults/fault-stage";
import { failedOf, lostOf, undergo } from "../support/faults/ordeal";
import { expectFoundOnce, expectOthersUntouched } from "../support/faults/verdict";
import { Visitors } from "../support/faults/visitors";
import { waitFor } from "../support/wait-for";

const FLAPS = 6;
const FLAP_MS = 400;
const FLAPPED_BACK_MS = 15_000;

describe("a gateway", () => {
  let stage: FaultStage;

  beforeAll(async () => {
    stage = await FaultStage.start();
  });

  it("goes back and forth about a flapping peer a few times, and not each time", async () => {
    const victim = stage.backend(0);
    const { listener } = stage;
    const visitors = new Visitors(stage.gateway, 100);
    await visitors.whenServed(PEERS);
    const breakingAtMs = Date.now();
    for (let turn = 0; turn < FLAPS; turn += 1) {
      await victim.refuse();
      await sleep(FLAP_MS);
      await victim.heal();
      await sleep(FLAP_MS);
    }
    const healedAtMs = Date.now();
    const told = listener.of(victim.name, breakingAtMs);
    await visitors.servedBy(victim.name, healedAtMs, FLAPPED_BACK_MS);
    const visits = await visitors.end();
    expect(failedOf(visits)).toEqual([]);
    expect(told.filter(({ to }) => to === "down").length).toBeGreaterThan(0);
    expect(told.filter(({ to }) => to === "down").length).toBeLessThanOrEqual(FLAPS / 2);
    await expectOthersUntouched(stage, { victim, breakingAtMs });
  });

  it("finds a silent peer though it is reloaded while a probe waits, and keeps what it knows over another reload", async () => {
    const victim = stage.backend(1);
    const { gateway } = stage;
    const isProbed = async (): Promise<boolean> =>
      (await victim.arrivals()).some(({ path }) => path === PROBE_PATH);
    const ordeal = await undergo(
      stage,
      victim,
      async () => {
        await victim.silence();
        await victim.forget();
        await waitFor(isProbed, { what: "a probe" });
        await gateway.reload();
      },
      { noticeMs: NOTICE_MS, backMs: BACK_MS, whileDown: () => gateway.reload() },
    );
    expect(failedOf(ordeal.visits)).toEqual([]);
    expect(lostOf(ordeal.visits)).toEqual([]);
    expectFoundOnce(stage, ordeal, { first: /handshake timeout$/, last: "handshake timeout" });
    await expectOthersUntouched(stage, ordeal);
    await Promise.all(stage.residents.map((resident) => resident.close()));
    await waitFor(() => gateway.exitingWorkerPids().length === 0, { what: "the old workers to exit" });
    await stage.whenCountsAreReal(COUNTS_MS);
  });
});
