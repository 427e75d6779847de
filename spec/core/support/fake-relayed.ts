import type { RelayConfig, RouteConfig } from "../../../src/core/config/snapshot";
import { defaultRelay } from "../../../src/core/config/fields/relay";
import type { Peer } from "../../../src/core/pool/peer";
import type { MoveReason, Relayed, RelayView } from "../../../src/core/session/relayed";
import type { CloseReason, Session } from "../../../src/core/session/session";
import type { SessionTable } from "../../../src/core/session/session-table";
import { aRoute } from "../route/route-fixture";

/** A route in relay mode. */
export function aRelayRoute(fields: Partial<RouteConfig>, relay: Partial<RelayConfig> = {}): RouteConfig {
  return aRoute({ mode: "relay", ...fields, relay: { ...defaultRelay(), ...relay } });
}

/** Notes what is asked of it, and goes at once where `goTo` says. */
export class FakeRelayed implements Relayed {
  moves = 0;
  movedAtS = 0;
  readonly outcome = "";
  /** As `drained` or `drained!` if it must leave, with the time. */
  readonly asked: { readonly what: string; readonly atS: number }[] = [];
  closedAs = "";

  constructor(
    readonly session: Session,
    readonly route: RouteConfig,
    private readonly sessions: SessionTable,
    private readonly now: (this: void) => number,
    private readonly goTo: (this: void, relayed: FakeRelayed) => Peer | undefined,
  ) {
    sessions.relayed.set(session, this);
  }

  isMoving(): boolean {
    return false;
  }

  abandon(): void {
    // It holds nothing.
  }

  canMove(why: MoveReason): boolean {
    return (why === "down" || why === "crashed" ? this.route.onCrash : this.route.onDrain) === "move";
  }

  move(why: MoveReason, mustLeave: boolean): boolean {
    this.asked.push({ what: mustLeave ? `${why}!` : why, atS: this.now() });
    const peer = this.goTo(this);
    if (peer === undefined && mustLeave) this.close("drained");
    if (peer === undefined) return false;
    this.session.peer = peer;
    this.sessions.changed.mark(this.session.place);
    this.moves += 1;
    this.movedAtS = this.now();
    return true;
  }

  close(why: CloseReason): boolean {
    if (this.session.verdict !== "") return false;
    this.session.verdict = why;
    this.closedAs = why;
    return true;
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
}
