import type { Pause } from "../core/pause";
import { clock, log } from "./world";

export type { Pause };

/** A piece of a worker's regular work. */
export interface Chore {
  /** For the log. */
  readonly name: string;
  /** Whether it goes on in a worker that serves its last sessions after a reload. */
  readonly outlivesExit: boolean;
  /** Asked at every tick, in the loop: it only looks. */
  isDue(): boolean;
  /** Never runs twice at a time; `pause` is called between small pieces. */
  work(pause: Pause): void;
}

/** Work in one go, before the worker's other work has its turn: by a clock that counts milliseconds, 1 to 2 of them. */
const SLICE_S = 0.0015;
/** Not 0: nginx runs a timer that is due at once again before it looks at any connection. */
const REST_S = 0.001;

/** A pause that makes way when the work has taken long enough. */
export function slicer(): Pause {
  let startedAt = clock.now();
  return () => {
    ngx.update_time();
    if (clock.now() - startedAt < SLICE_S) return;
    ngx.sleep(REST_S);
    startedAt = clock.now();
  };
}

/** Does the work in a timer of its own, with `atEnd` after it; a worker that begins to exit skips what it has not begun. */
export function inTimer(work: (this: void) => void, atEnd?: (this: void) => void): void {
  const [isStarted, err] = ngx.timer.at(0, (isPremature) => {
    if (!isPremature) work();
    if (atEnd !== undefined) atEnd();
  });
  if (isStarted !== undefined) return;
  log.write("error", `no timer: ${err}`);
  if (atEnd !== undefined) atEnd();
}
