import fc from "fast-check";
import type { HealthConfig } from "../../../src/core/config/snapshot";
import type { AttemptReport, HealthChange, HealthRecord } from "../../../src/core/health/record";
import { UpstreamHealth, type Watched } from "../../../src/core/health/upstream-health";
import { seededRng } from "../support/seeded-rng";
import { active, healthOf, passive, report, START_S } from "./health-scene";

const KEYS = ["a", "b", "c", "d", "e", "f"];

const config: fc.Arbitrary<HealthConfig> = fc
  .record({
    passive: fc.option(
      fc.record({
        maxFails: fc.integer({ min: 1, max: 4 }),
        minAttempts: fc.integer({ min: 1, max: 20 }),
        maxEjectedPercent: fc.constantFrom(0, 30, 50, 100),
        maxEjectMs: fc.constantFrom(20_000, 90_000),
      }),
      { freq: 4 },
    ),
    active: fc.option(
      fc.record({
        rise: fc.integer({ min: 1, max: 3 }),
        fall: fc.integer({ min: 1, max: 3 }),
        initial: fc.constantFrom("up" as const, "down" as const, "last" as const),
      }),
      { freq: 3 },
    ),
    hasAgent: fc.boolean(),
  })
  .map((fields) =>
    healthOf({
      passive: fields.passive === null ? undefined : passive(fields.passive),
      active: fields.active === null ? undefined : active(fields.active),
      hasAgent: fields.hasAgent,
    }),
  );

const watched: fc.Arbitrary<Watched> = fc
  .record({
    key: fc.constantFrom(...KEYS),
    port: fc.constantFrom(80, 80, 80, 81),
    isCandidate: fc.constantFrom(true, true, true, false),
  })
  .map(({ key, port, isCandidate }) => ({ key, address: `${key}:${port}`, isCandidate }));
const list = fc.uniqueArray(watched, { maxLength: KEYS.length, selector: ({ key }) => key });

type Step =
  | { readonly kind: "use"; readonly config: HealthConfig; readonly list: readonly Watched[] }
  | { readonly kind: "list"; readonly list: readonly Watched[] }
  | { readonly kind: "elect" }
  | { readonly kind: "wait"; readonly seconds: number }
  | {
      readonly kind: "probe";
      readonly key: string;
      readonly reason: string;
      readonly count: number;
      readonly agent?: string;
    }
  | { readonly kind: "report"; readonly report: AttemptReport };

const key = fc.constantFrom(...KEYS);
const agent = fc.constantFrom(
  undefined,
  undefined,
  undefined,
  "drain",
  "weight=0",
  "weight=5",
  "weight=x",
  "ready",
);
const reported = fc
  .record({
    key,
    port: fc.constantFrom(80, 80, 80, 81),
    successes: fc.constantFrom(0, 0, 1, 5),
    failures: fc.nat(5),
    failuresInRow: fc.nat(5),
    trial: fc.constantFrom(undefined, "passed" as const, "failed" as const),
    agent,
  })
  .map(({ successes, port, failuresInRow, ...fields }) =>
    report(fields.key, {
      ...fields,
      address: `${fields.key}:${port}`,
      attempts: successes + fields.failures,
      failuresInRow: successes === 0 ? fields.failures : Math.min(failuresInRow, fields.failures),
    }),
  );

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("list" as const), list }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("use" as const), config, list }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("elect" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      seconds: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(0.05, 600, -0.5, -3600)),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("probe" as const),
      key,
      reason: fc.constantFrom("", "connect refused", "pong timeout"),
      count: fc.integer({ min: 1, max: 3 }),
      agent,
    }),
  },
  { weight: 16, arbitrary: reported.map((made) => ({ kind: "report" as const, report: made })) },
);

/** Knows what was told, and nothing else. */
class Follower {
  readonly records = new Map<string, HealthRecord>();
  private readonly rng = seededRng(7);
  private nowS = START_S;
  private health = new UpstreamHealth("chat", this.rng);
  private peers: readonly Watched[] = [];

  constructor(private config: HealthConfig) {}

  run(next: Step): void {
    if (next.kind === "wait") this.wait(next.seconds);
    else if (next.kind === "probe") this.probe(next);
    else if (next.kind === "report") this.attempted(next.report);
    else if (next.kind === "elect") this.elect();
    else this.use(next.kind === "use" ? next.config : this.config, next.list);
    this.check();
  }

  /** Whatever was before: so many good probes, or one good trial, and everybody is up. */
  recover(): void {
    this.wait(400);
    const { active: probes } = this.config;
    for (const { key: name, address } of this.peers) {
      for (let count = 0; probes !== undefined && count < 32 && !this.health.isUp(name); count += 1)
        this.probe({ kind: "probe", key: name, reason: "", count: 1 });
      this.attempted(report(name, { attempts: 1, trial: "passed", address }));
      expect(this.health.isUp(name)).toBe(true);
      expect(this.records.get(name)?.isUp ?? true).toBe(true);
    }
    this.check();
  }

  private wait(seconds: number): void {
    this.nowS += seconds;
    this.health.advance(this.nowS);
    this.take();
  }

  private probe({ key: name, reason, count, agent: said }: Step & { kind: "probe" }): void {
    for (let index = 0; index < count; index += 1)
      this.health.probed(name, { isGood: reason === "", reason, agent: said }, this.nowS);
    this.take();
  }

  private use(next: HealthConfig, peers: readonly Watched[]): void {
    const before = new Set(this.peers.map((peer) => peer.key));
    const records = new Map(this.records);
    this.config = next;
    this.peers = peers;
    this.health.use(next, peers, (name) => this.records.get(name), this.nowS);
    this.take();
    for (const { key: name } of peers) {
      if (before.has(name) || records.has(name)) continue;
      expect(this.records.get(name)?.isUp ?? true).toBe(next.active?.initial !== "down");
    }
  }

  /** Nothing is news to the next leader. */
  private elect(): void {
    this.wait(0);
    const before = new Map(this.records);
    this.health = new UpstreamHealth("chat", this.rng);
    this.health.use(this.config, this.peers, (name) => this.records.get(name), this.nowS);
    for (const change of this.health.takeChanges()) {
      expect(change.event).toBeUndefined();
      this.keep(change);
    }
    for (const { key: name } of this.peers) {
      const { isUp = true, isOnTrial = false, reason = "" } = before.get(name) ?? {};
      const now = this.records.get(name);
      expect([now?.isUp ?? true, now?.isOnTrial ?? false, now?.reason ?? ""]).toEqual([
        isUp,
        isOnTrial,
        reason,
      ]);
    }
  }

  private attempted(made: AttemptReport): void {
    const { agent: said, ...counts } = made;
    this.count(counts);
    if (said === undefined) return;
    this.health.attempted(report(made.key, { address: made.address, agent: said }), this.nowS);
    this.take();
  }

  private count(made: AttemptReport): void {
    const before = this.records.get(made.key);
    const peer = this.peers.find((known) => known.key === made.key && known.address === made.address);
    const outBefore = this.out().length;
    const upBefore = this.up().length;
    const isCandidate = peer !== undefined && this.candidates().includes(peer);
    this.health.attempted(made, this.nowS);
    this.take();
    const after = this.records.get(made.key);
    if (peer === undefined || this.config.passive === undefined) {
      expect(after).toBe(before);
      return;
    }
    if (this.out().length > outBefore) {
      expect(this.out().length).toBeLessThanOrEqual(this.mostOut());
      expect(this.up().length).toBeGreaterThan(0);
    }
    if (upBefore > 0) expect(this.up().length).toBeGreaterThan(0);
    const wasUp = before?.isUp ?? true;
    const isTooMuch = made.attempts === made.failures && made.failures >= this.config.passive.maxFails;
    const hasRoom = !isCandidate || (outBefore < this.mostOut() && upBefore > 1);
    if (wasUp && isTooMuch) expect(after?.isUp ?? true).toBe(!hasRoom);
    if (before?.isOnTrial === true) expect(after?.isOnTrial).toBe(made.trial === undefined);
  }

  private candidates(): readonly Watched[] {
    return this.peers.filter(({ key: name, isCandidate }) => {
      const wish = this.records.get(name)?.agent;
      return isCandidate && wish?.isDraining !== true && wish?.weight !== 0;
    });
  }

  private up(): readonly Watched[] {
    return this.candidates().filter((peer) => this.records.get(peer.key)?.isUp ?? true);
  }

  private out(): readonly Watched[] {
    return this.candidates().filter((peer) => (this.records.get(peer.key)?.memory.ejectedUntilS ?? 0) > 0);
  }

  private mostOut(): number {
    const percent = this.config.passive?.maxEjectedPercent ?? 0;
    return Math.max(Math.floor((this.candidates().length * percent) / 100), 1);
  }

  private take(): void {
    for (const change of this.health.takeChanges()) this.keep(change);
    expect(this.health.takeChanges()).toHaveLength(0);
  }

  private keep({ key: name, record, event }: HealthChange): void {
    const before = this.records.get(name);
    const was = stateOf(before);
    const is = stateOf(record);
    if (record === undefined) this.records.delete(name);
    else this.records.set(name, record);
    if (event === undefined) return;
    if (event.to === "kept") expect([was, is]).toEqual(["up", "up"]);
    else if (event.to !== "agent") {
      expect(is).toBe(event.to);
      expect(was).not.toBe(event.to);
      if (record !== undefined) expect(event.reason).toBe(record.reason);
    } else if (event.reason.startsWith('"')) expect(record?.agent).toBe(before?.agent);
    else expect(record?.agent).not.toEqual(before?.agent);
  }

  private check(): void {
    const known = new Map(this.peers.map((peer) => [peer.key, peer.address]));
    for (const [name, record] of this.records) {
      expect(known.get(name)).toBe(record.address);
      expect(record.isUp && record.isOnTrial).toBe(false);
      // An end that is due is not missed.
      if (stateOf(record) === "down" && record.reason.startsWith("ejected"))
        expect(record.memory.ejectedUntilS).toBeGreaterThan(this.nowS);
      if (!record.isUp) expect(record.reason).not.toBe("");
    }
    for (const { key: name } of this.peers)
      expect(this.health.isUp(name)).toBe(this.records.get(name)?.isUp ?? true);
  }
}

function stateOf(record: HealthRecord | undefined): string {
  if (record === undefined || record.isUp) return "up";
  return record.isOnTrial ? "trial" : "down";
}

test("whatever is observed: no more are ejected than may be, nobody is lost, and everybody can come back", () => {
  fc.assert(
    fc.property(config, list, fc.array(step, { maxLength: 80 }), (first, peers, steps) => {
      const follower = new Follower(first);
      follower.run({ kind: "use", config: first, list: peers });
      for (const next of steps) follower.run(next);
      follower.recover();
    }),
    { numRuns: 250 },
  );
});
