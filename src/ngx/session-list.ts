import { Listing } from "../core/listing/listing";
import type { Log } from "../core/ports";
import type { SessionTable } from "../core/session/session-table";
import type { Chore, Pause } from "./chore";
import { readAnnouncement, removeListing, sessionsDict, SlotListing } from "./listing-store";
import { processId } from "./process";
import type { Processes } from "./processes";
import { socketView } from "./socket-view";

/** A session that is over within so many ticks never reaches the dict. */
const TICKS_PER_RUN = 5;
/** How often sessions that found no room are tried again. */
const RUNS_PER_RETRY = 4;
/** How many sessions are asked for their bytes in one run. */
const REFRESHED_PER_RUN = 500;

/** Keeps this process's part of the list of all open sessions, from outside of the requests. */
export class SessionList implements Chore {
  readonly name = "listing the sessions";
  readonly outlivesExit = true;
  private readonly records = sessionsDict();
  private listing: Listing | undefined;
  private slot = 0;
  private ticksLeft = 0;
  private runsToRetry = RUNS_PER_RETRY;
  private isFullTold = false;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly processes: Processes,
    private readonly sessions: SessionTable,
    private readonly log: Log,
  ) {
    if (this.records !== undefined || ngx.worker.id() !== 0) return;
    log.write(
      "warn",
      "sessions are not listed: `lua_shared_dict switchboard_sessions` is missing: take the new switchboard/http-base.conf",
    );
  }

  isDue(): boolean {
    if (this.records === undefined) return false;
    this.ticksLeft -= 1;
    return this.ticksLeft <= 0;
  }

  work(pause: Pause): void {
    this.ticksLeft = TICKS_PER_RUN;
    const listing = this.listing ?? this.begin();
    if (listing === undefined) return;
    if (listing.isBehind()) listing.catchUp(pause);
    this.runsToRetry -= 1;
    if (this.runsToRetry <= 0) {
      this.runsToRetry = RUNS_PER_RETRY;
      listing.retry(pause);
    }
    listing.refresh(REFRESHED_PER_RUN, pause);
    this.tell(listing.unlisted);
  }

  /** No session is left. */
  leave(): void {
    if (this.listing !== undefined) removeListing(this.dict, this.records, this.slot, () => undefined);
    this.listing = undefined;
  }

  /** Waits for the first session: before it there may be no slot, and there is nothing to say. */
  private begin(): Listing | undefined {
    const { records } = this;
    if (records === undefined || this.sessions.changed.count === 0) return undefined;
    if (this.processes.enter() !== undefined) return undefined;
    this.slot = this.processes.ownSlot;
    const before = readAnnouncement(this.dict, this.slot);
    // A process that had the slot and could not leave it as it should.
    if (before !== undefined && before.holder !== processId()) {
      removeListing(this.dict, records, this.slot, () => undefined);
    }
    const store = new SlotListing(this.dict, records, this.slot, this.sessions.prefix);
    this.listing = new Listing(this.sessions, store, socketView);
    return this.listing;
  }

  private tell(unlisted: number): void {
    if (unlisted > 0 === this.isFullTold) return;
    this.isFullTold = unlisted > 0;
    if (this.isFullTold) {
      this.log.write(
        "error",
        "the shared dict `switchboard_sessions` is full: not all sessions are listed, and all go on; make it larger",
      );
    } else {
      this.log.write("notice", "all sessions are listed again");
    }
  }
}
