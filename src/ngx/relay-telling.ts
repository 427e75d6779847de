import { MoveTally } from "../core/events/move-tally";
import type { Metrics } from "../core/metrics/metrics";
import type { Peer } from "../core/pool/peer";
import type { RelayTeller, Side } from "../core/session/relay-teller";
import type { MoveReason, RelayView } from "../core/session/relayed";
import type { Session } from "../core/session/session";
import type { Chore } from "./chore";
import { events } from "./events";
import { clock } from "./world";

const MS_PER_S = 1000;

/** What this worker's relay sessions tell: counted at once, and of moves a few events later. */
export class RelayTelling implements RelayTeller, Chore {
  readonly name = "telling of moves";
  readonly outlivesExit = true;
  private readonly tally = new MoveTally();
  /** Unconfirmed messages that were counted of open sessions: few ever have any. */
  private readonly counted = new LuaMap<Session, number>();

  constructor(private readonly metrics: Metrics) {}

  moved(session: Session, from: Peer, to: Peer, why: MoveReason, pausedS: number, unconfirmed: number): void {
    const { pool } = session;
    if (pool === undefined) return;
    this.metrics.moved(pool, why, pausedS);
    this.countUnconfirmed(session, unconfirmed);
    this.tally.moved(from.upstream, from.key, to.key, why);
  }

  moveFailed({ pool }: Session, from: Peer, why: MoveReason): void {
    if (pool === undefined) return;
    this.metrics.moveFailed(pool, why);
    this.tally.failed(from.upstream, from.key, why);
  }

  roundTrip({ pool }: Session, side: Side, ms: number): void {
    if (pool !== undefined) this.metrics.roundTrip(pool, side, ms / MS_PER_S);
  }

  frameRefused({ route }: Session, side: Side, code: number): void {
    this.metrics.frameRefused(route, side, code);
  }

  relayEnded(session: Session, view: RelayView): void {
    this.metrics.relayEnded(session.route, view);
    this.countUnconfirmed(session, view.unconfirmedMessages);
    this.counted.delete(session);
  }

  isDue(): boolean {
    return this.tally.isDue(clock.now());
  }

  work(): void {
    for (const data of this.tally.take(clock.now())) events.tell("move", data);
  }

  /** The worker ends, and no session is left. */
  leave(): void {
    this.work();
  }

  /** @param sum since the session was open */
  private countUnconfirmed(session: Session, sum: number): void {
    const { pool } = session;
    if (pool === undefined || sum === 0) return;
    this.metrics.unconfirmed(pool, sum - (this.counted.get(session) ?? 0));
    this.counted.set(session, sum);
  }
}
