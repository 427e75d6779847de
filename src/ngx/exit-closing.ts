import { ExitCloser } from "../core/session/exit-closer";
import type { SessionTable } from "../core/session/session-table";
import type { Chore, Pause } from "./chore";
import { makeWay } from "./closing";
import { clock, rng } from "./world";

/** Closes this worker's sessions when it exits, after a reload or as nginx stops, where their routes want that. */
export class ExitClosing implements Chore {
  readonly name = "closing sessions at the exit";
  readonly outlivesExit = true;
  private closer: ExitCloser | undefined;

  constructor(private readonly sessions: SessionTable) {}

  isDue(): boolean {
    if (!ngx.worker.exiting()) return false;
    const { sessions } = this;
    this.closer ??= new ExitCloser({ sessions, clock, rng, makeWay }, clock.now());
    return this.closer.isDue();
  }

  work(pause: Pause): void {
    this.closer?.step(pause);
  }
}
