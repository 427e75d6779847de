import type { Attempts } from "../../core/health/attempts";
import type { AttemptReport } from "../../core/health/record";
import type { Log } from "../../core/ports";
import type { Chore } from "../chore";
import { decodeJson, encodeJson } from "../json";
import { HEALTH_REPORTS_KEY } from "../keys";
import { clock } from "../world";

/** With nobody leading, the oldest go. */
const MAX_WAITING = 2000;

/** What workers tell the leader of their handshakes: each tick of a worker that has something to say is one text of a list. */
export class Reports {
  constructor(private readonly dict: NgxSharedDict) {}

  /** @returns why they are lost, if so */
  send(reports: readonly AttemptReport[]): string | undefined {
    const [length, err] = this.dict.rpush(HEALTH_REPORTS_KEY, encodeJson(reports));
    if (typeof length !== "number") return err ?? "not stored";
    if (length > MAX_WAITING) this.dict.lpop(HEALTH_REPORTS_KEY);
    return undefined;
  }

  /** The oldest. For the leader alone. */
  take(): readonly AttemptReport[] | undefined {
    const [text] = this.dict.lpop(HEALTH_REPORTS_KEY);
    if (typeof text !== "string") return undefined;
    const [reports] = decodeJson(text);
    return (reports as readonly AttemptReport[] | undefined) ?? [];
  }
}

/** Passes on what this worker's handshakes have shown, in every tick that has something new. */
export class Reporting implements Chore {
  readonly name = "reporting handshakes";
  readonly outlivesExit = true;
  private readonly reports: Reports;
  private waiting: readonly AttemptReport[] = [];
  private isRefused = false;

  constructor(
    dict: NgxSharedDict,
    private readonly attempts: Attempts,
    private readonly log: Log,
  ) {
    this.reports = new Reports(dict);
  }

  isDue(): boolean {
    this.waiting = this.attempts.take(clock.now());
    return this.waiting.length > 0;
  }

  work(): void {
    const refusal = this.reports.send(this.waiting);
    if (refusal !== undefined && !this.isRefused)
      this.log.write("error", `what handshakes show of peers' health does not reach the leader: ${refusal}`);
    this.isRefused = refusal !== undefined;
  }
}
