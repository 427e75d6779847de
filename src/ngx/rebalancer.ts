import type { Rebalanced, RebalanceProgress, RebalanceWish } from "../admin/world";
import type { Fallible } from "../core/fallible";
import type { Gateway } from "../core/gateway/gateway";
import type { Peer } from "../core/pool/peer";
import type { Pool } from "../core/pool/pool";
import type { Clock } from "../core/ports";
import { countMovable } from "../core/rebalance/movable";
import { Mover } from "../core/rebalance/mover";
import { patienceFor, type RebalanceOrder } from "../core/rebalance/order";
import { planMoves, type Plan } from "../core/rebalance/plan";
import { planPeers, reasonToStay, takersOf } from "../core/rebalance/takers";
import type { PlanPeer } from "../core/rebalance/shares";
import { slicer, type Chore, type Pause } from "./chore";
import { Commands } from "./commands";
import { decodeJson, encodeJson } from "./json";
import { begunMovesKey, movableKey, movingKey, rebalanceKey, REBALANCE_KEYS } from "./keys";
import { OrderShares } from "./order-shares";
import type { Processes } from "./processes";

/** To count sessions that may be moved. */
interface CountCommand {
  readonly kind: "count";
  readonly upstream: string;
  readonly windowS: number;
  /** Whether what is under way ends first. */
  readonly isEnd: boolean;
}

interface MoveCommand {
  readonly kind: "move";
  readonly order: RebalanceOrder;
}

interface Running {
  readonly number: number;
  readonly upstream: string;
  readonly mover: Mover;
}

/** Where everybody finds the order that was given last. */
interface Given extends Omit<RebalanceProgress, "left"> {
  readonly number: number;
}

const REPLY_TIMEOUT_S = 0.5;
const COUNT_TTL_S = 60;

/** Balances the sessions of an upstream on an operator's word: each process moves its own, and all together keep the rate. */
export class Rebalancer implements Chore {
  readonly name = "balancing sessions";
  readonly outlivesExit = true;
  private readonly commands: Commands;
  private running: Running[] = [];

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly processes: Processes,
    private readonly gateway: Gateway,
    private readonly zone: string,
    private readonly clock: Clock,
  ) {
    this.commands = new Commands(dict, processes, REBALANCE_KEYS);
  }

  /**
   * Plans which sessions go where, and begins to move them unless it is a dry run. What was under way in the upstream ends. To be
   * called where `ngx.sleep` may be.
   */
  begin(pool: Pool, wish: RebalanceWish): Fallible<Rebalanced> {
    const { name } = pool.config;
    const isEnd = !wish.isDryRun;
    const [number, err] = this.give({ kind: "count", upstream: name, windowS: wish.windowS, isEnd });
    if (number === undefined) return $multi(undefined, err);
    if (isEnd) this.dict.delete(rebalanceKey(name));
    const { unanswered } = this.commands.collect(number, REPLY_TIMEOUT_S, () => false);
    const stays = reasonToStay(pool) ?? (wish.rate === 0 ? "at a rate of 0 none is moved" : undefined);
    const peers = planPeers(pool, this.takers(pool), (key) => this.movable(number, key));
    const plan = planMoves(stays === undefined ? peers : fixed(peers), wish.target, slicer());
    const refusal = isEnd && plan.count > 0 ? this.order(name, plan, wish) : undefined;
    if (refusal !== undefined) return $multi(undefined, refusal);
    const isShort = plan.reason !== undefined && stays !== undefined;
    return $multi({ peers, plan: isShort ? { ...plan, reason: stays } : plan, unanswered });
  }

  /** What is under way in an upstream. */
  progress(upstream: string): RebalanceProgress | undefined {
    const [text] = this.dict.get(rebalanceKey(upstream));
    if (typeof text !== "string") return undefined;
    const [decoded] = decodeJson(text);
    const { number, moves, rate } = decoded as Given;
    if (!this.isMoving(number)) return undefined;
    const [begun] = this.dict.get(begunMovesKey(number));
    return { moves, rate, left: Math.max(0, moves - (typeof begun === "number" ? begun : 0)) };
  }

  isDue(): boolean {
    return this.running.length > 0 || this.commands.isBehind();
  }

  work(pause: Pause): void {
    let given = this.commands.next();
    while (given !== undefined) {
      const [command] = decodeJson(given.text);
      if (command !== undefined) this.obey(given.number, command as CountCommand | MoveCommand, pause);
      given = this.commands.next();
    }
    for (const one of this.running) this.goOn(one, pause);
    this.running = this.running.filter((one) => this.isStillOn(one));
  }

  private takers(pool: Pool): readonly Peer[] {
    return takersOf(pool, this.zone);
  }

  private movable(number: number, key: string): number {
    const [count] = this.dict.get(movableKey(number, key));
    return typeof count === "number" ? count : 0;
  }

  /** @returns why it could not be given */
  private order(upstream: string, plan: Plan, { rate, windowS }: RebalanceWish): string | undefined {
    ngx.update_time();
    const atS = this.clock.now();
    const patienceS = patienceFor(plan.count, rate);
    const order = { upstream, moves: plan.moves, rate, windowS, atS, untilS: atS + patienceS };
    const [number, err] = this.give({ kind: "move", order });
    if (number === undefined) return err;
    const given: Given = { number, moves: plan.count, rate };
    this.dict.safe_set(rebalanceKey(upstream), encodeJson(given), patienceS);
    this.dict.safe_add(begunMovesKey(number), 0, patienceS);
    this.commands.collect(number, REPLY_TIMEOUT_S, () => false);
    return undefined;
  }

  private give(command: CountCommand | MoveCommand): Fallible<number> {
    return this.commands.give(encodeJson(command));
  }

  /** Whether some process that exists is not done. */
  private isMoving(number: number): boolean {
    const [living] = this.processes.sort(() => undefined);
    return living.some(({ slot }) => {
      const [mark] = this.dict.get(movingKey(number, slot));
      return mark !== undefined;
    });
  }

  private obey(number: number, command: CountCommand | MoveCommand, pause: Pause): void {
    if (command.kind === "count") this.count(number, command, pause);
    else this.start(number, command.order);
  }

  private count(number: number, { upstream, windowS, isEnd }: CountCommand, pause: Pause): void {
    if (isEnd) this.end(upstream);
    const { sessions } = this.gateway;
    let sum = 0;
    for (const [key, count] of countMovable(sessions, upstream, windowS, this.clock.now(), pause)) {
      this.dict.safe_add(movableKey(number, key), 0, COUNT_TTL_S);
      this.dict.incr(movableKey(number, key), count);
      sum += count;
    }
    this.commands.reply(number, sum);
  }

  private start(number: number, order: RebalanceOrder): void {
    const { upstream } = order;
    this.end(upstream);
    const shares = new OrderShares(this.dict, this.commands, number, order, this.clock);
    const mover = new Mover(order, this.gateway.sessions, shares, this.clock);
    if (!mover.isDone()) {
      this.running.push({ number, upstream, mover });
      const ttlS = Math.max(1, order.untilS - order.atS);
      this.dict.safe_add(movingKey(number, this.processes.ownSlot), true, ttlS);
    }
    this.commands.reply(number, mover.isDone() ? 0 : 1);
  }

  private goOn({ number, upstream, mover }: Running, pause: Pause): void {
    const pool = this.gateway.pool(upstream);
    const begun = pool === undefined ? 0 : mover.goOn(pool, pause);
    if (begun > 0) this.dict.incr(begunMovesKey(number), begun);
  }

  private isStillOn(one: Running): boolean {
    if (!one.mover.isDone() && this.gateway.pool(one.upstream) !== undefined) return true;
    this.dict.delete(movingKey(one.number, this.processes.ownSlot));
    return false;
  }

  /** What this process does for the upstream. */
  private end(upstream: string): void {
    this.running = this.running.filter((one) => {
      if (one.upstream === upstream) this.dict.delete(movingKey(one.number, this.processes.ownSlot));
      return one.upstream !== upstream;
    });
  }
}

/** None of their sessions may be moved. */
function fixed(peers: readonly PlanPeer[]): readonly PlanPeer[] {
  return peers.map((peer) => ({ ...peer, movable: 0 }));
}
