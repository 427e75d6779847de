import { setTimeout as sleep } from "node:timers/promises";
import { adminRequest } from "../support/admin-request";
import {
  BACK_MS,
  BUSY_MS,
  COUNTS_MS,
  FaultStage,
  HANDSHAKE_TIMEOUT_MS,
  NOTICE_MS,
  PEERS,
} from "../support/faults/fault-stage";
import { failedOf, longestMs, lostOf, SPREAD_MS, undergo } from "../support/faults/ordeal";
import { expectFoundOnce, expectOthersUntouched } from "../support/faults/verdict";
import { Visitors } from "../support/faults/visitors";
import { backendOf, openMany } from "../support/fleet";
import { waitFor } from "../support/wait-for";

const TIMES = { noticeMs: NOTICE_MS, backMs: BACK_MS };

let stage: FaultStage;

beforeAll(async () => {
  stage = await FaultStage.start();
});

it("a peer that hangs is out within two probe intervals, and costs nobody more than the handshake timeout", async () => {
  const victim = stage.backend(0);
  const ordeal = await undergo(stage, victim, () => victim.stop(), TIMES);
  expect(failedOf(ordeal.visits)).toEqual([]);
  expect(longestMs(ordeal.visits)).toBeLessThan(HANDSHAKE_TIMEOUT_MS + BUSY_MS);
  expectFoundOnce(stage, ordeal, { first: /handshake timeout$/, last: "handshake timeout" });
  await expectOthersUntouched(stage, ordeal);
});

/** The first, and its retries. */
const TRIES = 3;
const REFUSED_WITHIN_MS = 500;

const DOOMED = 500;
/** From its end on, until nobody is sent to it. */
const REACHED_MS = 1_000;

it("a peer that is killed under 200 handshakes a second fails none of them, and takes only its own sessions along", async () => {
  const victim = stage.backend(1);
  await weigh((name) => (name === victim.name ? 1 : 0));
  const doomed = await openMany(stage.gateway, DOOMED);
  await weigh(() => 1);
  expect((await stage.peer(victim.name)).active).toBeGreaterThanOrEqual(DOOMED);

  const ordeal = await undergo(stage, victim, () => victim.kill(), {
    ...TIMES,
    perSecond: 200,
    whileDown: () => stage.whenActiveIs(victim.name, 0, COUNTS_MS),
  });
  const { visits, brokenAtMs } = ordeal;
  expect(failedOf(visits)).toEqual([]);
  // Those were open when it ended.
  for (const { backend, startMs } of lostOf(visits)) {
    expect(backend).toBe(victim.name);
    expect(startMs).toBeLessThan(brokenAtMs);
  }
  const late = visits.filter(
    ({ startMs }) => startMs > brokenAtMs + REACHED_MS && startMs < ordeal.healedAtMs,
  );
  expect(late.length).toBeGreaterThan(0);
  expect(late.filter(({ tried }) => tried.includes(victim.address))).toEqual([]);
  expect(longestMs(visits)).toBeLessThan(BUSY_MS);
  expect(doomed.filter(({ isOpen }) => isOpen)).toHaveLength(0);
  expectFoundOnce(stage, ordeal, {
    first: /connect (failed|refused)$|: closed before it answered$/,
    last: "connect refused",
  });
  await expectOthersUntouched(stage, ordeal, { hasLostSessions: true });
});

async function weigh(weightOf: (name: string) => number): Promise<void> {
  for (const { name } of stage.backends) {
    const body = { weight: weightOf(name) };
    const reply = await adminRequest(stage.gateway, "PATCH", `/v1/upstreams/chat/peers/${name}`, { body });
    expect(reply.status).toBe(200);
  }
}

it("with all peers hung clients are refused at once, and all come back with every session", async () => {
  const { backends, listener } = stage;
  const visitors = new Visitors(stage.gateway, 50);
  await visitors.whenServed(PEERS);
  const breakingAtMs = Date.now();
  await Promise.all(backends.map((backend) => backend.stop()));
  // Until probes have found all of them, one that handshakes have found may be on trial.
  const isProbedDown = ({ health_reason }: { health_reason: string }): boolean =>
    health_reason === "handshake timeout";
  await waitFor(async () => (await stage.peers()).every(isProbedDown), {
    timeoutMs: 2 * NOTICE_MS,
    what: "all peers to be down by probes",
  });
  const allDownAtMs = Date.now();
  await sleep(2 * SPREAD_MS);
  const healingAtMs = Date.now();
  await Promise.all(backends.map((backend) => backend.heal()));
  const up = await Promise.all(backends.map(({ name }) => listener.when(name, "up", healingAtMs, BACK_MS)));
  const allUpAtMs = Math.max(...up.map(({ atMs }) => atMs));
  await waitFor(() => visitors.visits.some(({ startMs }) => startMs > allUpAtMs + SPREAD_MS), {
    what: "a visit",
  });
  const visits = (await visitors.end()).filter(({ startMs }) => startMs > breakingAtMs);

  expect(longestMs(visits)).toBeLessThan(TRIES * HANDSHAKE_TIMEOUT_MS + BUSY_MS);
  const refused = visits.filter(({ startMs }) => startMs > allDownAtMs + SPREAD_MS && startMs < healingAtMs);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 503));
  expect(refused.map(({ retryAfter }) => retryAfter)).toEqual(
    refused.map(() => expect.stringMatching(/^\d+$/)),
  );
  expect(longestMs(refused)).toBeLessThan(REFUSED_WITHIN_MS);
  const later = visits.filter(({ startMs }) => startMs > allUpAtMs + SPREAD_MS);
  expect(failedOf(later)).toEqual([]);
  expect(lostOf(later)).toEqual([]);
  // A busy machine may hold one for down once more, but none was up before it was healed.
  await waitFor(async () => (await stage.peers()).every(({ health }) => health === "up"), { what: "all up" });
  for (const { name } of backends) {
    expect(listener.turnsOf(name, breakingAtMs)[0]).toBe("down");
    const early = listener.of(name, breakingAtMs).filter(({ to, atMs }) => to === "up" && atMs < healingAtMs);
    expect(early).toEqual([]);
  }
  await stage.whenCountsAreReal(COUNTS_MS);
  expect(stage.residents.filter(({ isOpen }) => !isOpen).map(backendOf)).toEqual(
    stage.residentsOf(stage.backend(1)).map(() => "b1"),
  );
});
