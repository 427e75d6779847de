import type { BalancerRegistry } from "../core/balance/registry";
import type { LivePeer } from "../core/config/layers/stamp";
import type { Publisher } from "../core/config/publisher";
import type { UpstreamConfig } from "../core/config/snapshot";
import type { Clock } from "../core/ports";
import type { Decode } from "../core/state/lines";
import type { StateLog } from "../core/state/state-log";

/** What the editor asks of the process that leads. */
export interface EditWorld {
  readonly publisher: Publisher;
  readonly stateLog: StateLog;
  readonly registry: BalancerRegistry;
  readonly clock: Clock;
  /** Random, and another one for each life of the shared dict: generations begin anew with it. */
  readonly token: string;
  decode: Decode;
  /** As it was published last; asked when this process begins to lead. */
  published(this: void, upstream: string): UpstreamConfig | undefined;
  /** The addresses of an upstream's peers. */
  live(this: void, config: UpstreamConfig): readonly LivePeer[];
  /** Sessions that are open on one of them, in all workers. */
  open(this: void, upstream: string, key: string): number;
  /** An upstream is in force in another form than before; `undefined` stands for none. */
  changed(this: void, before: UpstreamConfig | undefined, after: UpstreamConfig | undefined): void;
  /** Lets other work go first. */
  pause(this: void): void;
}
