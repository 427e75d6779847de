import type { Clock } from "../core/ports";
import type { Shares } from "../core/rebalance/mover";
import { patienceFor, type RebalanceOrder } from "../core/rebalance/order";
import { allowance } from "../core/session/close-order";
import type { Commands } from "./commands";
import { takenMovesKey } from "./keys";

/** Counters outlive the order, or the last of its moves could be taken twice. */
const MARGIN_S = 60;

/** What all processes use up of an order, in the shared dict. */
export class OrderShares implements Shares {
  private readonly ttlS: number;

  /** @param number of the command that it came with */
  constructor(
    private readonly dict: NgxSharedDict,
    private readonly commands: Commands,
    private readonly number: number,
    private readonly order: RebalanceOrder,
    private readonly clock: Clock,
  ) {
    let count = 0;
    for (const move of order.moves) count += move.count;
    this.ttlS = patienceFor(count, order.rate) + MARGIN_S;
  }

  takeMove(pair: number, count: number): boolean {
    const key = takenMovesKey(this.number, pair);
    this.dict.safe_add(key, 0, this.ttlS);
    const [taken] = this.dict.incr(key, 1);
    if (taken === undefined) return false;
    if (taken <= count) return true;
    this.giveBackMove(pair);
    return false;
  }

  giveBackMove(pair: number): void {
    this.dict.incr(takenMovesKey(this.number, pair), -1);
  }

  takeTurn(): boolean {
    const { rate, atS } = this.order;
    const now = this.clock.now();
    return this.commands.takeShare(this.number, Math.floor(now), allowance(rate, atS, now));
  }
}
