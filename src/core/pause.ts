/** Called between small pieces of work; it may let other work of the process go first. */
export type Pause = (this: void) => void;

/** Of a process that has nothing else to do. */
export function goOn(this: void): void {
  // Nobody is waiting.
}
