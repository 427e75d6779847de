import type { RetryBudgetConfig } from "../../../src/core/config/snapshot";
import { UPSTREAM_REFUSED_TRIES } from "../../../src/core/metrics/layout";
import type { Gateway, IncomingRequest } from "../../../src/core/gateway/gateway";
import type { Pool } from "../../../src/core/pool/pool";
import type { Session } from "../../../src/core/session/session";
import { aRoute } from "../route/route-fixture";
import { aGateway, handshake, noVariables, plainRequest } from "../support/gateway-fixture";
import { MemoryCounters } from "../support/memory-counters";
import { noAnswers, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { seededRng } from "../support/seeded-rng";
import { upstreamOf } from "../support/upstream-fixture";

const IDS = ["a", "b", "c", "d"];

function gatewayWith(retryBudget: RetryBudgetConfig): Gateway {
  const deps = poolDeps(new MemoryCounters(), new RecordingLog());
  return aGateway(deps, [{ ...upstreamOf(...IDS), retryBudget }], [aRoute({ path: "/*" })]);
}

function begin(gateway: Gateway, request: IncomingRequest = handshake("/")): Session {
  const [session] = gateway.admit(request);
  gateway.beginAttempt(session!);
  return session!;
}

/** The attempt under way fails. @returns whether there is another one */
function fail(gateway: Gateway, session: Session, hasSent = true): boolean {
  const peer = gateway.retry(session, "error", noVariables, 0, hasSent);
  if (peer !== undefined) gateway.beginAttempt(session);
  return peer !== undefined;
}

/** How many of so many that fail one after the other may go on. */
function countRetries(gateway: Gateway, count: number, request: () => IncomingRequest): number {
  const sessions: Session[] = [];
  for (const _ of $range(1, count)) sessions.push(begin(gateway, request()));
  let retries = 0;
  for (const session of sessions) if (fail(gateway, session)) retries += 1;
  return retries;
}

function refusedFor(pool: Pool): readonly number[] {
  const values = pool.counters?.values;
  return [values?.[UPSTREAM_REFUSED_TRIES] ?? 0, values?.[UPSTREAM_REFUSED_TRIES + 1] ?? 0];
}

describe("the retry budget", () => {
  it("allows a share of the handshakes under way, and no fewer than its minimum", () => {
    const connect = (): IncomingRequest => handshake("/");
    expect(countRetries(gatewayWith({ percent: 20, min: 0 }), 100, connect)).toBe(20);
    expect(countRetries(gatewayWith({ percent: 20, min: 10 }), 100, connect)).toBe(20);
    expect(countRetries(gatewayWith({ percent: 20, min: 10 }), 15, connect)).toBe(10);
    expect(countRetries(gatewayWith({ percent: 0, min: 0 }), 15, connect)).toBe(0);
    expect(countRetries(gatewayWith({ percent: 100, min: 0 }), 15, connect)).toBe(15);
    expect(countRetries(gatewayWith({ percent: 2.5, min: 0 }), 100, connect)).toBe(3);
  });

  it("is one of its own for plain requests", () => {
    const gateway = gatewayWith({ percent: 20, min: 3 });
    for (const _ of $range(1, 100)) begin(gateway);
    expect(countRetries(gateway, 10, () => plainRequest("/"))).toBe(3);
    expect(gateway.pool("chat")!.retryBudget.counts()).toEqual([100, 0, 10, 3]);
  });

  it("does not count a session against its own next try", () => {
    const gateway = gatewayWith({ percent: 0, min: 1 });
    const session = begin(gateway);
    expect(fail(gateway, session)).toBe(true);
    expect(fail(gateway, begin(gateway))).toBe(false);
    expect(fail(gateway, session)).toBe(true);
  });

  it("is not asked where the peer got nothing of the request", () => {
    const gateway = gatewayWith({ percent: 0, min: 0 });
    const session = begin(gateway);
    expect(fail(gateway, session, false)).toBe(true);
    expect(fail(gateway, session)).toBe(false);
    expect(session.failure).toBe("error");
    expect(refusedFor(gateway.pool("chat")!)).toEqual([1, 0]);
  });

  it("has room again when a further try opens or ends", () => {
    const gateway = gatewayWith({ percent: 0, min: 1 });
    const first = begin(gateway);
    fail(gateway, first);
    expect(fail(gateway, begin(gateway))).toBe(false);
    gateway.endHandshake(first, true, false);
    const second = begin(gateway);
    expect(fail(gateway, second)).toBe(true);
    gateway.close(first);
    expect(fail(gateway, begin(gateway))).toBe(false);
    gateway.close(second);
    expect(fail(gateway, begin(gateway))).toBe(true);
  });

  it("is not asked where nothing would follow anyway", () => {
    const gateway = gatewayWith({ percent: 0, min: 0 });
    gateway.applyUpstream({ ...upstreamOf(...IDS), retryOn: [] }, noAnswers);
    expect(fail(gateway, begin(gateway))).toBe(false);
    expect(refusedFor(gateway.pool("chat")!)).toEqual([0, 0]);
  });

  it("warns once a second while it refuses", () => {
    const gateway = gatewayWith({ percent: 0, min: 1 });
    const { retryBudget } = gateway.pool("chat")!;
    expect(retryBudget.takeWarning("chat", 1000)).toBeUndefined();
    fail(gateway, begin(gateway));
    fail(gateway, begin(gateway));
    expect(retryBudget.takeWarning("chat", 1000)).toBe(
      'retry budget of upstream "chat" is used up: 1 further tries under way, 1 refused since the last line',
    );
    for (const _ of $range(1, 7)) fail(gateway, begin(gateway));
    expect(retryBudget.takeWarning("chat", 1000.9)).toBeUndefined();
    expect(retryBudget.takeWarning("chat", 1001)).toContain("7 refused");
    expect(retryBudget.takeWarning("chat", 1003)).toBeUndefined();
    fail(gateway, begin(gateway));
    expect(retryBudget.takeWarning("chat", 900)).toContain("1 refused");
  });
});

/** A session as somebody would count it who sees all that happens to it. */
interface Seen {
  readonly session: Session;
  readonly request: IncomingRequest;
  readonly pool: Pool;
  readonly isUpgrade: boolean;
  attempts: number;
  isOpen: boolean;
}

/** Handshakes, further tries among them; plain requests, further tries among them. */
function countSeen(all: readonly Seen[], pool: Pool): readonly number[] {
  const counts = [0, 0, 0, 0];
  for (const seen of all) {
    if (seen.pool === pool && !seen.isOpen) {
      const place = seen.isUpgrade ? 0 : 2;
      counts[place]! += 1;
      if (seen.attempts > 1) counts[place + 1]! += 1;
    }
  }
  return counts;
}

describe("the retry budget, whatever happens", () => {
  for (const seed of $range(1, 40)) {
    it(`counts each session once, from its slot to its end, and keeps to its limit: ${seed}`, () => {
      const rng = seededRng(seed * 7919);
      const budget = { percent: [0, 20, 50, 100][seed % 4]!, min: seed % 3 };
      const gateway = gatewayWith(budget);
      const pools: Pool[] = [gateway.pool("chat")!];
      let all: Seen[] = [];

      const admit = (request: IncomingRequest, isUpgrade: boolean): void => {
        const [session] = gateway.admit(request);
        // What the request came with before is over.
        all = all.filter((other) => other.request !== request);
        if (session === undefined) return;
        const isConnecting = rng.integer(10) > 1;
        if (isConnecting) gateway.beginAttempt(session);
        const attempts = isConnecting ? 1 : 0;
        all.push({ session, request, pool: session.pool!, isUpgrade, attempts, isOpen: false });
      };

      const failOne = (seen: Seen): void => {
        if (seen.isOpen || seen.attempts === 0 || seen.session.failure !== "") return;
        const { pool, isUpgrade } = seen;
        const place = isUpgrade ? 0 : 2;
        const counts = countSeen(all, pool);
        const others = counts[place + 1]! - (seen.attempts > 1 ? 1 : 0);
        const isAllowed = others < Math.max(budget.min, (budget.percent / 100) * counts[place]!);
        const hasSent = rng.integer(5) > 1;
        const refusedBefore = refusedFor(pool)[0]!;
        if (fail(gateway, seen.session, hasSent)) {
          seen.attempts += 1;
          expect(isAllowed || !hasSent).toBe(true);
        }
        expect(refusedFor(pool)[0]! - refusedBefore).toBe(hasSent && !isAllowed ? 1 : 0);
      };

      const act = (chosen: number, seen: Seen | undefined): void => {
        if (chosen <= 7) {
          const isUpgrade = rng.integer(4) > 1;
          admit(isUpgrade ? handshake("/") : plainRequest("/"), isUpgrade);
        } else if (chosen === 19) {
          gateway.applyUpstream(
            { ...upstreamOf(...IDS.slice(rng.integer(3) - 1)), retryBudget: budget },
            noAnswers,
          );
          const pool = gateway.pool("chat")!;
          if (!pools.includes(pool)) pools.push(pool);
        } else if (chosen === 20) {
          if (rng.integer(4) === 1) gateway.removeUpstream("chat");
        } else if (seen === undefined) {
          return;
        } else if (chosen <= 12) {
          failOne(seen);
        } else if (chosen <= 14) {
          const isOpen = seen.isUpgrade && rng.integer(3) > 1;
          gateway.endHandshake(seen.session, isOpen, false);
          seen.isOpen ||= isOpen;
        } else if (chosen <= 17) {
          gateway.close(seen.session);
          all = all.filter((other) => other !== seen);
        } else {
          admit(seen.request, seen.isUpgrade);
        }
      };

      const check = (): void => {
        for (const pool of pools) expect(pool.retryBudget.counts()).toEqual(countSeen(all, pool));
      };

      for (const _ of $range(1, 150)) {
        act(rng.integer(20), all.length === 0 ? undefined : all[rng.integer(all.length) - 1]);
        check();
      }
      for (const { session } of all) gateway.close(session);
      all = [];
      check();
    });
  }
});
