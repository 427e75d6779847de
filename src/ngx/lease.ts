import type { Log } from "../core/ports";
import { LEADER_KEY } from "./keys";
import { pidOf, processId } from "./process";

/**
 * One process leads: it holds this lease. A holder renews it well within its life; one that was late may have lost it, and
 * then asks for it like any other, so that two never hold it.
 */
const TTL_S = 1.5;
const RENEW_AFTER_S = 0.4;
const TRUSTED_FOR_S = 1;

export class Lease {
  private renewedAt = 0;
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
    if (age < TRUSTED_FOR_S) {
      this.dict.safe_set(LEADER_KEY, processId(), TTL_S);
    } else {
      const [isTaken, err] = this.dict.safe_add(LEADER_KEY, processId(), TTL_S);
      if (err !== this.refusal) this.tell(err);
      if (isTaken !== true) {
        // A clock that is set back must not make it look young again.
        this.renewedAt = 0;
        return false;
      }
    }
    this.renewedAt = now;
    return true;
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
