/** Called between small pieces of work; it may let other work of the process go first. */
export type Pause = (this: void) => void;
