import { UNTIMED } from "../balance/untimed";
import type { UpstreamConfig } from "../config/snapshot";
import { markTried, type Session } from "../session/session";
import type { Eligibility } from "./eligibility";
import type { Ledger } from "./ledger";
import type { Peer } from "./peer";
import type { PoolHealth } from "./pool-health";
import type { Tiers } from "./tiers";

/** The slots that the sessions of one worker have on the peers of a pool. */
export class Slots {
  constructor(
    private readonly ledger: Ledger,
    private readonly eligibility: Eligibility,
    private readonly health: PoolHealth,
    private readonly tiers: Tiers,
  ) {}

  /** Since the peer was asked, another worker may have taken its last slot, or its trial: then it is not picked. */
  take(session: Session, peer: Peer, config: UpstreamConfig): boolean {
    const total = this.ledger.take(peer);
    if (total !== undefined && this.eligibility.isOverfull(peer, total)) {
      markTried(session, peer);
      this.giveBack(peer, true);
      return false;
    }
    if (!peer.isUp && !this.health.admits(session, peer, config)) {
      this.giveBack(peer, total !== undefined);
      return false;
    }
    session.peer = peer;
    session.hasSlot = total !== undefined;
    return true;
  }

  /** @returns whether it had one */
  release(session: Session): boolean {
    const { peer, hasSlot } = session;
    session.hasSlot = false;
    if (peer === undefined || !hasSlot) return false;
    this.ledger.release(peer);
    this.tiers.refresh(peer);
    return true;
  }

  private giveBack(peer: Peer, isCounted: boolean): void {
    const { tiers } = this;
    if (isCounted) this.ledger.release(peer);
    tiers.refresh(peer);
    if (tiers.isObserving()) tiers.observe(peer, UNTIMED);
    this.eligibility.recount();
  }
}
