import type { Attempts } from "../../core/health/attempts";
import type { AttemptReport } from "../../core/health/record";
import type { Chore } from "../chore";
import { decodeJson, encodeJson } from "../json";
import { HEALTH_REPORTS_KEY } from "../keys";
import { clock } from "../world";

/** With nobody leading, the oldest go. */
const MAX_WAITING = 2000;

/** What workers tell the leader of their handshakes: each tick of a worker that has something to say is one text of a list. */
export class Reports {
  constructor(private readonly dict: NgxSharedDict) {}

  send(reports: readonly AttemptReport[]): void {
    const [length] = this.dict.rpush(HEALTH_REPORTS_KEY, encodeJson(reports));
    if (length !== undefined && length > MAX_WAITING) this.dict.lpop(HEALTH_REPORTS_KEY);
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

  constructor(
    dict: NgxSharedDict,
    private readonly attempts: Attempts,
  ) {
    this.reports = new Reports(dict);
  }

  isDue(): boolean {
    this.waiting = this.attempts.take(clock.now());
    return this.waiting.length > 0;
  }

  work(): void {
    this.reports.send(this.waiting);
  }
}
