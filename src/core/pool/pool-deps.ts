import type { AffinityDeps } from "../affinity/tokens";
import type { BalancerRegistry } from "../balance/registry";
import type { HealthView } from "../health/health-view";
import type { Clock, Rng } from "../ports";
import type { Ledger } from "./ledger";
import type { PeerKeys } from "./new-peer";

/** What the pools of a worker share. */
export interface PoolDeps {
  readonly ledger: Ledger;
  readonly registry: BalancerRegistry;
  readonly rng: Rng;
  readonly clock: Clock;
  readonly keys: PeerKeys;
  /** The gateway's own, whose peers come first; `""`: none. */
  readonly zone: string;
  readonly affinity: AffinityDeps;
  readonly health: HealthView;
}
