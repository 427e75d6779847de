import { CYCLE_KEY } from "./keys";

/**
 * The generation of workers: the start is the first, and every reload makes another. The master counts it, and its workers
 * know theirs because they are forked from it.
 */
let own = 0;

/** In the master, last of all in init: what is refused begins none. */
export function beginCycle(dict: NgxSharedDict): void {
  dict.safe_add(CYCLE_KEY, 0);
  const [cycle] = dict.incr(CYCLE_KEY, 1);
  own = cycle ?? 0;
}

export function ownCycle(): number {
  return own;
}
