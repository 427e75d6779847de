import type { Gateway } from "../core/gateway/gateway";
import { Closer } from "../core/session/closer";
import type { Chore, Pause } from "./chore";
import { endSession } from "./end-session";
import { clock, rng } from "./world";

/** With no time at all the ends of sessions pile up: what was closed before is then not handled before the next are closed. */
const MAKE_WAY_S = 0.001;

export function makeWay(this: void): void {
  ngx.sleep(MAKE_WAY_S);
}

/** Moves or closes this worker's sessions of peers that are to be empty, also in a worker from before a reload. */
export class Closing implements Chore {
  readonly name = "closing sessions";
  readonly outlivesExit = true;
  private readonly closer: Closer;

  constructor(gateway: Gateway) {
    const { sessions } = gateway;
    this.closer = new Closer({
      sessions,
      pools: gateway,
      rng,
      clock,
      end: (session, why) => endSession(sessions, session, why),
      makeWay,
    });
  }

  isDue(): boolean {
    return this.closer.isDue();
  }

  work(pause: Pause): void {
    this.closer.step(pause);
  }
}
