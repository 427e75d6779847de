import { planMoves, type Plan } from "../../../src/core/rebalance/plan";
import { countMovable } from "../../../src/core/rebalance/movable";
import { Mover, type Shares } from "../../../src/core/rebalance/mover";
import { patienceFor, type RebalanceOrder } from "../../../src/core/rebalance/order";
import { planPeers, takersOf } from "../../../src/core/rebalance/takers";
import type { UpstreamConfig } from "../../../src/core/config/snapshot";
import { goOn } from "../../../src/core/pause";
import type { Peer } from "../../../src/core/pool/peer";
import type { Pool } from "../../../src/core/pool/pool";
import { allowance } from "../../../src/core/session/close-order";
import type { MoveReason, Relayed, RelayView } from "../../../src/core/session/relayed";
import { newSession, type Session } from "../../../src/core/session/session";
import { SessionTable } from "../../../src/core/session/session-table";
import { aRoute } from "../route/route-fixture";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, noAnswers, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";

export const TICK_S = 0.05;

/** A session whose moves take a moment, as those of a relay. */
export class FakeRelayed implements Relayed {
  readonly route = aRoute({ id: "r" });
  readonly outcome = "";
  moves = 0;
  movedAtS = 0;
  isFixed = false;
  /** When each move began. */
  readonly movedAt: number[] = [];
  private to: Peer | undefined;
  /** 0: none is under way. */
  private doneAtS = 0;

  constructor(
    private readonly session: Session,
    private readonly fleet: MovingFleet,
  ) {}

  isMoving(): boolean {
    return this.doneAtS > 0;
  }

  canMove(why: MoveReason): boolean {
    return why === "rebalanced" && !this.isFixed;
  }

  move(_why: MoveReason, _mustLeave: boolean, to?: Peer): boolean {
    this.to = to;
    this.doneAtS = this.fleet.now + 0.2;
    this.movedAt.push(this.fleet.now);
    this.fleet.movedAt.push(this.fleet.now);
    return true;
  }

  close(): boolean {
    return false;
  }

  abandon(): void {
    // It holds nothing.
  }

  describe(): RelayView {
    return {
      moves: this.moves,
      messagesFromClient: 0,
      messagesFromPeer: 0,
      bytesFromClient: 0,
      bytesFromPeer: 0,
      unconfirmedMessages: 0,
    };
  }

  /** Where it is time, it is at the other peer, if that takes it. */
  advance(): void {
    if (!this.isMoving() || this.fleet.now < this.doneAtS) return;
    this.doneAtS = 0;
    const { session } = this;
    const pool = session.pool!;
    const scratch = newSession();
    if (pool.pick(scratch, "", this.to) === undefined) return;
    pool.release(session);
    session.peer = scratch.peer;
    session.hasSlot = scratch.hasSlot;
    this.moves += 1;
    this.movedAtS = this.fleet.now;
  }
}

/** One worker process. */
export class MovingWorker {
  readonly sessions: SessionTable;
  readonly pool: Pool;
  mover: Mover | undefined;

  constructor(number: number, fleet: MovingFleet, config: UpstreamConfig) {
    this.sessions = new SessionTable(`${number}-`);
    this.pool = aPool(
      poolDeps(fleet.counters, new RecordingLog(), () => fleet.now),
      config,
    );
  }
}

/** The workers of one gateway, their sessions, and what they share. */
export class MovingFleet implements Shares {
  now = 1000.3;
  readonly counters = new MemoryCounters();
  readonly workers: MovingWorker[] = [];
  readonly relayed: FakeRelayed[] = [];
  readonly movedAt: number[] = [];
  private order: RebalanceOrder | undefined;
  private readonly used = new LuaMap<string, number>();
  private requests = 0;

  constructor(workers: number, config: UpstreamConfig) {
    for (const number of $range(1, workers)) this.workers.push(new MovingWorker(number, this, config));
  }

  get pool(): Pool {
    return this.workers[0]!.pool;
  }

  apply(config: UpstreamConfig): void {
    for (const { pool } of this.workers) pool.apply(config, noAnswers);
  }

  open(worker: MovingWorker, key: string): FakeRelayed {
    this.requests += 1;
    const { pool, sessions } = worker;
    const session = sessions.open(this.requests);
    session.pool = pool;
    pool.pick(session, "", peerOf(pool, key));
    sessions.markOpen(session, this.now);
    const relayed = new FakeRelayed(session, this);
    sessions.relayed.set(session, relayed);
    this.relayed.push(relayed);
    return relayed;
  }

  active(key: string): number {
    return this.pool.active(peerOf(this.pool, key));
  }

  /** What the processes say may be moved, and what comes of it. */
  plan(target: number, windowS: number): Plan {
    const counts = new LuaMap<string, number>();
    for (const { sessions } of this.workers) {
      for (const [key, count] of countMovable(sessions, "chat", windowS, this.now, goOn))
        counts.set(key, (counts.get(key) ?? 0) + count);
    }
    const { pool } = this;
    return planMoves(
      planPeers(pool, takersOf(pool, ""), (key) => counts.get(key) ?? 0),
      target,
    );
  }

  begin(plan: Plan, rate: number, windowS: number): void {
    const { now } = this;
    const untilS = now + patienceFor(plan.count, rate);
    const order = { upstream: "chat", moves: plan.moves, rate, windowS, atS: now, untilS };
    this.order = order;
    for (const worker of this.workers)
      worker.mover = new Mover(order, worker.sessions, this, { now: () => this.now });
  }

  /** Ticks, for so long or until all is done. */
  run(seconds: number): void {
    const endS = this.now + seconds;
    while (this.now < endS && !this.isDone()) {
      for (const { mover, pool } of this.workers) if (mover?.isDone() === false) mover.goOn(pool, goOn);
      this.now += TICK_S;
      for (const one of this.relayed) one.advance();
    }
  }

  isDone(): boolean {
    for (const { mover } of this.workers) if (mover?.isDone() === false) return false;
    for (const one of this.relayed) if (one.isMoving()) return false;
    return true;
  }

  takeMove(pair: number, count: number): boolean {
    return this.takeOf(`move ${pair}`, count);
  }

  giveBackMove(pair: number): void {
    this.used.set(`move ${pair}`, this.used.get(`move ${pair}`)! - 1);
  }

  takeTurn(): boolean {
    const { rate, atS } = this.order!;
    return this.takeOf(`turn ${Math.floor(this.now)}`, allowance(rate, atS, this.now));
  }

  private takeOf(name: string, most: number): boolean {
    const before = this.used.get(name) ?? 0;
    if (before >= most) return false;
    this.used.set(name, before + 1);
    return true;
  }
}
