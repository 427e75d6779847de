import type { Log } from "../core/ports";
import { LEADER_KEY, takeoverKey } from "./keys";
import { isGone, pidOf, processId } from "./process";

/**
 * One process leads: it holds this lease. A holder renews it well within its life; one that was late may have lost it, and
 * then asks for it like any other, so that two never hold it.
 */
const TTL_S = 1.5;
const RENEW_AFTER_S = 0.4;
const TRUSTED_FOR_S = 1;
/** How often one that does not lead looks whether the process that does is gone. */
const LOOK_EVERY_S = 0.2;
/** Longer than a lease lasts. */
const TAKEOVER_TTL_S = 5;

export class Lease {
  /** Another number after each time that this process took the lease anew: another one may have had it before. */
  term = 0;
  private renewedAt = 0;
  private lookedAt = 0;
  private refusal: string | undefined;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly log: Log,
  ) {}

  /** Takes or renews the lease when it is time to; says whether this process leads. */
  hold(): boolean {
    ngx.update_time();
    const now = ngx.now();
    const age = now - this.renewedAt;
    // Below 0 the clock was set back, and the lease would not end for as long, whatever becomes of its holder: renew it.
    if (age >= 0 && age < RENEW_AFTER_S) return true;
    if (age < TRUSTED_FOR_S && !this.isAnothers()) {
      this.dict.safe_set(LEADER_KEY, processId(), TTL_S);
    } else {
      if (Math.abs(now - this.lookedAt) >= LOOK_EVERY_S) {
        this.lookedAt = now;
        this.endIfGone();
      }
      const [isTaken, err] = this.dict.safe_add(LEADER_KEY, processId(), TTL_S);
      if (err !== this.refusal) this.tell(err);
      if (isTaken !== true) {
        // A clock that is set back must not make it look young again.
        this.renewedAt = 0;
        return false;
      }
      this.term += 1;
    }
    this.renewedAt = now;
    return true;
  }

  private isAnothers(): boolean {
    const [holder] = this.dict.get(LEADER_KEY);
    return holder !== undefined && holder !== processId();
  }

  /**
   * Ends the lease of a process that is gone. One process alone may do it for each such holder, and looks again before it does, or a
   * slow one would end the lease of the next holder.
   */
  private endIfGone(): void {
    const [holder] = this.dict.get(LEADER_KEY);
    if (typeof holder !== "string" || !isGone(holder)) return;
    const [isMine] = this.dict.safe_add(takeoverKey(holder), true, TAKEOVER_TTL_S);
    if (isMine !== true) return;
    const [current] = this.dict.get(LEADER_KEY);
    if (current === holder) this.dict.delete(LEADER_KEY);
  }

  /** That another process holds the lease is the usual; that there is no room for it leaves nobody to follow the config file. */
  private tell(refusal: string | undefined): void {
    this.refusal = refusal;
    if (refusal === undefined || refusal === "exists") return;
    this.log.write("error", `changes of the config file and of addresses go unnoticed: no lease: ${refusal}`);
  }

  /** Lets another process lead at once. */
  giveUp(): void {
    if (this.renewedAt === 0) return;
    const [holder] = this.dict.get(LEADER_KEY);
    if (holder === processId()) this.dict.delete(LEADER_KEY);
    this.renewedAt = 0;
  }
}

/** The process that leads, as nginx's log names it; 0 while none does. */
export function leaderPid(dict: NgxSharedDict): number {
  const [holder] = dict.get(LEADER_KEY);
  return typeof holder === "string" ? pidOf(holder) : 0;
}
