import type { Fallible } from "../core/fallible";

/** A call as it came. A header that is not there is `""`. */
export interface AdminRequest {
  readonly method: string;
  /** Path and query as they were sent, percent-encoded. */
  readonly target: string;
  readonly contentType: string;
  readonly ifMatch: string;
  readonly lastEventId: string;
  /** Called at most once. It fails with `"too large"` or another reason. */
  readBody(this: void, limitBytes: number): Fallible<string>;
}
