import fc from "fast-check";
import type { RetryKind } from "../../../src/core/config/snapshot";
import type { Gateway } from "../../../src/core/gateway/gateway";
import type { Lookup } from "../../../src/core/pool/peers";
import type { Session } from "../../../src/core/session/session";
import { aRoute } from "../route/route-fixture";
import { aGateway, handshake, noVariables, plainRequest } from "../support/gateway-fixture";
import { MemoryCounters } from "../support/memory-counters";
import { poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { anUpstream, aPeerConfig } from "../support/upstream-fixture";

const NAME = "chat.test:80";

/** What a run does, one letter a step; `value` says to whom and with what. */
type Step = (world: World, value: number) => void;

/** A gateway under changes, and the sessions that a client would say it has. */
class World {
  readonly store = new MemoryCounters();
  readonly log = new RecordingLog();
  readonly gateway: Gateway = aGateway(poolDeps(this.store, this.log), [], [aRoute({ path: "/*" })]);
  readonly open: Session[] = [];
  private addresses: string[] = [];

  configure(value: number): void {
    const ids = ["a", "b", "c"].filter((_, index) => (value & (1 << index)) !== 0);
    const peers = ids.map((id) =>
      aPeerConfig({ id, maxConns: value % 4, address: id === "c" ? NAME : `10.0.0.${value % 3}:80` }),
    );
    this.addresses = ["10.0.1.1", "10.0.1.2", "10.0.1.3"].slice(value % 3, 1 + (value % 5));
    const lookup: Lookup = () => this.addresses;
    const retryOn: RetryKind[] = value % 2 === 0 ? ["error"] : ["error", "timeout"];
    this.gateway.applyUpstream(anUpstream({ peers, retryOn }), lookup);
  }

  /** Sessions by the counter that they should be in. */
  counted(): string[] {
    const totals = new Map<string, number>();
    for (const { hasSlot, peer } of this.open) {
      if (hasSlot) totals.set(peer!.totalKey, (totals.get(peer!.totalKey) ?? 0) + 1);
    }
    return [...totals].map(([key, count]) => `${key}=${count}`).sort();
  }

  /** What the counters say: shares and totals are the same where there is one worker. */
  counters(prefix: "total" | "share"): string[] {
    return this.store
      .list()
      .filter((entry) => entry.startsWith(prefix) && !entry.endsWith("=0"))
      .map((entry) => entry.replace(prefix, "total"));
  }
}

const STEPS: Readonly<Record<string, Step>> = {
  admit: ({ gateway, open }, value) => {
    const [session] = gateway.admit(value % 5 === 0 ? plainRequest("/") : handshake("/"));
    if (session === undefined) return;
    open.push(session);
    gateway.beginAttempt(session);
  },
  fail: ({ gateway, open }, value) => {
    const session = open[value % open.length];
    if (session === undefined || session.isOpen || session.failure !== "") return;
    const peer = gateway.retry(session, value % 3 === 0 ? "timeout" : "error", noVariables);
    if (peer !== undefined) gateway.beginAttempt(session);
  },
  answer: ({ gateway, open }, value) => {
    const session = open[value % open.length];
    if (session !== undefined) gateway.endHandshake(session, value % 4 !== 0, false);
  },
  close: ({ gateway, open }, value) => {
    const [session] = open.splice(value % open.length, 1);
    if (session !== undefined) gateway.close(session);
  },
  configure: (world, value) => world.configure(value),
  remove: ({ gateway }) => gateway.removeUpstream("chat"),
};

it("counts exactly the open sessions, whatever happens to them and to the config", () => {
  const names = [
    "admit",
    "admit",
    "admit",
    "admit",
    "fail",
    "fail",
    "answer",
    "close",
    "configure",
    "remove",
  ];
  const step = fc.record({ name: fc.constantFrom(...names), value: fc.nat({ max: 1000 }) });
  const run = fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
    const world = new World();
    world.configure(7);
    for (const { name, value } of steps) {
      STEPS[name]!(world, value);
      expect(world.counters("total")).toEqual(world.counted());
      expect(world.counters("share")).toEqual(world.counted());
      expect(world.gateway.sessions.size).toBe(world.open.length);
    }
    while (world.open.length > 0) STEPS["close"]!(world, 0);
    world.gateway.removeUpstream("chat");
    expect(world.counters("total")).toEqual([]);
    expect(world.log.lines).toEqual([]);
  });
  fc.assert(run, { numRuns: 300 });
});
