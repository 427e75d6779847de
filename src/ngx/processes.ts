import type { Log } from "../core/ports";
import { processKey, PROCESS_SLOTS_KEY, reportKey } from "./keys";
import { isGone, pidOf, processId } from "./process";
import { NOTHING_REPORTED, readReport, writeReport, type Report } from "./report";

/** A process that is entered: it counts sessions and follows the config, or did. */
export interface EnteredProcess {
  readonly id: string;
  /** Where it is entered. */
  readonly slot: number;
}

/** A process that exists, and what it says about itself. */
export interface LivingProcess extends EnteredProcess, Report {
  readonly pid: number;
}

const POLL_S = 0.005;

/**
 * The register of the workers' processes, in numbered slots. Each enters itself before its first request and leaves after
 * its last session, and keeps a report beside its entry. One that could not leave is removed by the leader, together
 * with its shares in the counts.
 */
export class Processes {
  /** Where this process is entered; 0 if it is not. */
  ownSlot = 0;
  private hasLeft = false;
  private reported: Report = NOTHING_REPORTED;
  private refusal: string | undefined;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly log: Log,
  ) {}

  /** @returns why this process is not entered, if so */
  enter(): string | undefined {
    if (this.ownSlot > 0) return undefined;
    const refusal = this.takeSlot();
    if (refusal !== undefined && refusal !== this.refusal) {
      this.log.write("error", `this process is not registered, and changes do not wait for it: ${refusal}`);
    }
    this.refusal = refusal;
    return refusal;
  }

  /** Says what others may know of this process; it costs nothing as long as nothing is new. */
  report(report: Report): void {
    const { reported } = this;
    // What it still does after that enters nobody again.
    if (this.hasLeft) return;
    if (
      this.ownSlot > 0 &&
      reported.applied === report.applied &&
      reported.sessions === report.sessions &&
      reported.isExiting === report.isExiting
    ) {
      return;
    }
    this.reported = report;
    // One that found no room tries again.
    if (this.enter() === undefined) writeReport(this.dict, processId(), report);
  }

  leave(): void {
    if (this.ownSlot > 0) this.remove({ id: processId(), slot: this.ownSlot });
    this.ownSlot = 0;
    this.hasLeft = true;
  }

  remove({ id, slot }: EnteredProcess): void {
    this.dict.delete(reportKey(id));
    this.dict.delete(processKey(slot));
  }

  /** Those that exist, in no order; it looks at each in /proc. */
  living(): readonly LivingProcess[] {
    const [living] = this.sort(() => undefined);
    return living.map(({ id, slot }) => ({
      id,
      slot,
      pid: pidOf(id),
      ...(readReport(this.dict, id) ?? NOTHING_REPORTED),
    }));
  }

  /**
   * Waits until every process that was there at the call has applied the generation, or is gone: one that begins later has it
   * before its first request.
   * @returns whether that came within the time
   */
  whenApplied(generation: number, timeoutS: number): boolean {
    const deadline = ngx.now() + timeoutS;
    let late = this.entered().map(({ id }) => id);
    while (true) {
      late = late.filter((id) => this.isLate(id, generation));
      if (late.length === 0) return true;
      ngx.update_time();
      if (ngx.now() >= deadline) return false;
      ngx.sleep(POLL_S);
    }
  }

  /** Those that exist, and those that are gone. */
  sort(pause: (this: void) => void): LuaMultiReturn<[living: EnteredProcess[], gone: EnteredProcess[]]> {
    const living: EnteredProcess[] = [];
    const gone: EnteredProcess[] = [];
    for (const entered of this.entered()) {
      (isGone(entered.id) ? gone : living).push(entered);
      pause();
    }
    return $multi(living, gone);
  }

  /** One without a report has just begun, or has just left. */
  private isLate(id: string, generation: number): boolean {
    const { applied } = readReport(this.dict, id) ?? NOTHING_REPORTED;
    return applied < generation && this.isEntered(id) && !isGone(id);
  }

  private isEntered(id: string): boolean {
    return this.entered().some((entered) => entered.id === id);
  }

  private entered(): readonly EnteredProcess[] {
    const entered: EnteredProcess[] = [];
    for (const slot of $range(1, this.slots())) {
      const [id] = this.dict.get(processKey(slot));
      if (typeof id === "string") entered.push({ id, slot });
    }
    return entered;
  }

  private takeSlot(): string | undefined {
    let slot = 1;
    while (true) {
      // Slots are made known before they are used, so that no entry is overlooked.
      if (slot > this.slots() && !this.makeRoom()) return "no memory";
      const [isEntered, err] = this.dict.safe_add(processKey(slot), processId());
      if (isEntered === true) return this.openReport(slot);
      if (err !== "exists") return err ?? "not stored";
      slot += 1;
    }
  }

  /** Made at once, and of one length for ever: what is written later finds its place also in a dict that is full. */
  private openReport(slot: number): string | undefined {
    const err = writeReport(this.dict, processId(), this.reported);
    if (err === undefined) this.ownSlot = slot;
    else this.dict.delete(processKey(slot));
    return err;
  }

  private slots(): number {
    const [count] = this.dict.get(PROCESS_SLOTS_KEY);
    return typeof count === "number" ? count : 0;
  }

  private makeRoom(): boolean {
    this.dict.safe_add(PROCESS_SLOTS_KEY, 0);
    const [count] = this.dict.incr(PROCESS_SLOTS_KEY, 1);
    return count !== undefined;
  }
}
