import type { Change } from "../config/layers/change";
import type { RuntimeState } from "../config/layers/runtime-state";

/** Where changes are made durable, one by one. Reasons are for the operator; `undefined` is success. */
export interface StateLog {
  /** The number of the last change. */
  readonly lastSeq: number;
  /** The number that the next change will have. */
  readonly nextSeq: number;
  /** Returns when the change is on the disk, or when nothing of it is. @param after the state that it leads to */
  append(change: Change, after: RuntimeState): string | undefined;
  /** Takes the last change back. */
  undoLast(): string | undefined;
}
