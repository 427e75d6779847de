import type { Fallible } from "../fallible";
import type { ResolverConfig, RouteConfig, UpstreamConfig } from "./snapshot";

/** What is to become current: all of a snapshot, or the parts of it that change. */
export interface Publishable {
  /** What is not named goes. */
  readonly isWhole: boolean;
  readonly resolver?: ResolverConfig;
  readonly upstreams: readonly UpstreamConfig[];
  /** Absent: they stay. */
  readonly routes?: readonly RouteConfig[];
  /** The config file's document as it is applied; absent: it stays. */
  readonly documentText?: string;
  /** The last record of the state file that this contains. */
  readonly stateSeq: number;
}

/** A generation that is stored and not current. It is committed or aborted; one whose commit failed, aborted too. */
export interface Prepared {
  readonly generation: number;
  readonly hasChanged: boolean;
  commit(): Fallible<true>;
  abort(): void;
}

/** Makes generations current in two steps, so that what is durable can come between. */
export interface Publisher {
  prepare(what: Publishable, pause: () => void): Fallible<Prepared>;
}
