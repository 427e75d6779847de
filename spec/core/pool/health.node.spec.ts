import fc from "fast-check";
import type { HealthRecord } from "../../../src/core/health/record";
import type { Peer } from "../../../src/core/pool/peer";
import type { Pool } from "../../../src/core/pool/pool";
import type { Session } from "../../../src/core/session/session";
import { WatchedPools, watchedUpstream } from "../support/watched-pool";
import { WATCHED } from "../support/health-config";
import { aRecord, down, onTrial } from "../support/memory-health";
import { aPool, noAnswers } from "../support/pool-fixture";
import { aPeerConfig } from "../support/upstream-fixture";

const IDS = ["a", "b", "c", "d", "e"];
const BACKUP = "e";

type Step =
  | { readonly kind: "pick" | "end" | "leave"; readonly worker: number }
  | {
      readonly kind: "tell";
      readonly at: number;
      readonly to: "up" | "down" | "trial" | "drain" | "light" | "few";
    }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "apply"; readonly without: number };

const worker = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("pick" as const), worker }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("end" as const), worker }) },
  fc.record({ kind: fc.constant("leave" as const), worker }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("tell" as const),
      at: fc.nat(4),
      to: fc.constantFrom("up", "down", "trial", "drain", "light", "few"),
    }),
  },
  fc.record({ kind: fc.constant("wait" as const), seconds: fc.double({ min: 0, max: 20, noNaN: true }) }),
  fc.record({ kind: fc.constant("apply" as const), without: fc.nat(12) }),
);

function recordOf(peer: Peer, to: Extract<Step, { kind: "tell" }>["to"]): HealthRecord {
  if (to === "down") return down(peer);
  if (to === "trial") return onTrial(peer);
  if (to === "drain") return aRecord(peer, { agent: { isDraining: true } });
  if (to === "light") return aRecord(peer, { agent: { isDraining: false, weightPercent: 10 } });
  return to === "few" ? aRecord(peer, { agent: { isDraining: false, maxConns: 2 } }) : aRecord(peer);
}

/** Two workers with the same upstream; each is told of everything at the same time. */
class Model {
  private readonly scene = new WatchedPools();
  private readonly pools: readonly Pool[];
  private readonly open: Session[][] = [[], []];
  /** By key of the peer, whose session is its trial and until when nobody else's may be. */
  private readonly trials = new Map<string, { session: Session; untilS: number }>();

  constructor(private readonly type: string) {
    const workers = [0, 1].map((number) => {
      const deps = this.scene.deps();
      const share = (_upstream: string, key: string): string => `share ${number} ${key}`;
      return { ...deps, keys: { share, total: deps.keys.total } };
    });
    this.pools = workers.map((deps) => aPool(deps, this.upstream(-1)));
  }

  run(step: Step): void {
    if (step.kind === "wait") this.scene.now += step.seconds;
    else if (step.kind === "apply")
      for (const pool of this.pools) pool.apply(this.upstream(step.without), noAnswers);
    else if (step.kind === "tell") this.tell(IDS[step.at]!, step.to);
    else if (step.kind === "pick") this.pick(step.worker);
    else this.end(step.worker, step.kind === "leave");
    this.checkCounts();
  }

  private upstream(without: number): ReturnType<typeof watchedUpstream> {
    return watchedUpstream({
      balancer: { type: this.type, options: {} },
      health: { ...WATCHED, hasAgent: true },
      peers: IDS.filter((_, at) => at !== without).map((id) => aPeerConfig({ id, isBackup: id === BACKUP })),
    });
  }

  private tell(key: string, to: Extract<Step, { kind: "tell" }>["to"]): void {
    const record = recordOf({ address: `10.0.0.1:${key.charCodeAt(0)}` } as Peer, to);
    this.scene.health.records.set(key, record);
    for (const pool of this.pools) {
      const peer = pool.peers.find((one) => one.key === key);
      if (peer !== undefined) pool.applyHealth(peer, record);
      pool.settleHealth();
    }
  }

  private pick(number: number): void {
    const pool = this.pools[number]!;
    const primaries = pool.peers.filter((peer) => !peer.isBackup && takes(peer));
    const up = primaries.filter((peer) => peer.isUp).length;
    const isPanic = up > 0 && up < primaries.length / 2;
    const session = this.scene.session();
    const peer = pool.pick(session, session.id);
    if (peer === undefined) {
      for (const one of pool.peers) expect(takes(one) && one.isUp && this.hasRoom(pool, one)).toBe(false);
      return;
    }
    expect(takes(peer)).toBe(true);
    expect(pool.active(peer)).toBeLessThanOrEqual(peer.agent?.maxConns ?? Infinity);
    const isItsTrial = peer.trialSession === session.id;
    expect(peer.isUp || isItsTrial || (isPanic && !peer.isBackup)).toBe(true);
    if (isItsTrial) {
      const before = this.trials.get(peer.key);
      expect(before === undefined || before.untilS <= this.scene.now).toBe(true);
      this.trials.set(peer.key, { session, untilS: this.scene.now + 13 });
    }
    this.open[number]!.push(session);
  }

  private end(number: number, hasLeft: boolean): void {
    const session = this.open[number]!.shift();
    if (session?.peer === undefined) return;
    const { peer } = session;
    this.pools[number]!.release(session);
    if (!hasLeft) return;
    const isItsTrial = peer.trialSession === session.id;
    this.pools[number]!.dropTrial(session, peer);
    if (isItsTrial) this.trials.delete(peer.key);
  }

  private hasRoom(pool: Pool, peer: Peer): boolean {
    return pool.active(peer) < (peer.agent?.maxConns ?? Infinity);
  }

  private checkCounts(): void {
    for (const key of IDS) {
      const mine = this.open.flat().filter(({ peer }) => peer!.key === key).length;
      expect(this.scene.store.read(`total chat ${key}`)).toBe(mine);
    }
  }
}

function takes(peer: Peer): boolean {
  return peer.state === "ready" && peer.weight > 0 && peer.agent?.isDraining !== true;
}

describe("a pool whose peers' health changes", () => {
  for (const type of ["round_robin", "least_conn", "random_two", "hash", "peak_ewma"]) {
    it(`picks with ${type} nobody who is down, but for one trial at a time and in a panic`, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const model = new Model(type);
          for (const one of steps) model.run(one);
        }),
        { numRuns: type === "hash" ? 40 : 200 },
      );
    });
  }

  it("refuses at once when all are down", () => {
    const scene = new WatchedPools();
    const pool = scene.poolOf({}, "a", "b", "c");
    for (const peer of pool.peers) pool.applyHealth(peer, down(peer));
    let asked = 0;
    const { read } = scene.store;
    scene.store.read = (key) => {
      asked += 1;
      return read.call(scene.store, key);
    };
    expect(scene.picks(pool, 3)).toBe("none none none");
    expect(asked).toBe(0);
  });
});
