import type { Log } from "../core/ports";
import { STATE_ERROR_KEY } from "./keys";
import { writeReason } from "./reason-slot";

/** What status says of the state file: what it refuses now, or else what was wrong with it when it was opened. */
export class StateReport {
  private found = "";
  private refusal = "";

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly log: Log,
  ) {}

  /** @param problem `""` for none */
  opened(problem: string): void {
    if (problem !== "") this.log.write("error", `run-time changes: ${problem}`);
    this.found = problem;
    this.refusal = "";
    this.show();
  }

  /** A change could not be kept. It is logged once, however often it is tried. */
  refused(reason: string): void {
    if (reason === this.refusal) return;
    if (reason !== this.found) this.log.write("error", `run-time changes cannot be kept: ${reason}`);
    this.refusal = reason;
    this.show();
  }

  /** The last one was kept. */
  kept(): void {
    if (this.refusal === "") return;
    this.refusal = "";
    this.show();
  }

  private show(): void {
    writeReason(this.dict, STATE_ERROR_KEY, this.refusal !== "" ? this.refusal : this.found);
  }
}
