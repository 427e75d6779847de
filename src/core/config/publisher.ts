import type { Fallible } from "../fallible";
import type { ResolverConfig, RouteConfig, UpstreamConfig } from "./snapshot";

/** What the workers are to know from now on. */
export interface Publishable {
  /** What is not named goes. */
  readonly isWhole: boolean;
  /** Absent: it stays. */
  readonly resolver?: ResolverConfig;
  readonly upstreams: readonly UpstreamConfig[];
  /** All of them; absent: they stay. */
  readonly routes?: readonly RouteConfig[];
  /** The file's document as applied; absent: it stays. */
  readonly documentText?: string;
  /** The number of the last record of the state log that this contains. */
  readonly stateSeq: number;
  /** Refused where another generation is in force than the one it was made from; 0 or absent: it says all there is. */
  readonly basedOn?: number;
}

/** What is in force is not what a change was made from: whoever made it has to look again. */
export const STALE_BASE = "another process has published meanwhile";

/** A change that is written and that no worker sees yet. Exactly one of `commit` and `abort` ends it. */
export interface Prepared {
  /** The one it will be; the current one if nothing differs. */
  readonly generation: number;
  readonly hasChanged: boolean;
  commit(): Fallible<true>;
  abort(): void;
}

export interface Publisher {
  prepare(what: Publishable, pause: () => void): Fallible<Prepared>;
}
