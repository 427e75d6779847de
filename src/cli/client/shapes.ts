import type { ListedSession } from "../../core/listing/page";

export type { ListedSession, SessionPage } from "../../core/listing/page";

/** What the admin API answers, as far as the commands read it. `--json` prints answers as they came. */

export interface Status {
  readonly version: string;
  readonly generation: number;
  readonly workers: number;
  readonly worker_generations?: readonly WorkerGeneration[];
  readonly totals?: Readonly<Record<string, number>>;
  /** Process id; 0 if no process leads. */
  readonly leader?: number;
  readonly config_error?: string;
  readonly last_reload_error?: string;
  readonly state_error?: string;
  readonly file_shadowed?: boolean;
  readonly overrides?: number;
  readonly dropped_overrides?: readonly string[];
  readonly uncounted?: number;
  readonly unlisted?: number;
}

export interface WorkerGeneration {
  readonly generation: number;
  readonly workers: number;
  readonly sessions: number;
  readonly exiting: boolean;
  readonly why: string;
}

export interface PeerView {
  readonly id: string;
  readonly address: string;
  readonly state: string;
  readonly closing?: boolean;
  readonly removed?: boolean;
  readonly health: string;
  readonly health_reason?: string;
  readonly health_since?: string;
  readonly on_trial?: boolean;
  readonly agent?: AgentWish;
  readonly weight: number;
  readonly effective_weight?: number;
  readonly active: number;
  readonly max_conns: number;
  readonly backup: boolean;
  readonly zone: string;
  readonly totals?: Readonly<Record<string, number>>;
}

/** What a peer says itself that it can take. */
export interface AgentWish {
  readonly state: string;
  readonly weight?: number;
  readonly weight_percent?: number;
  readonly max_conns?: number;
}

export interface UpstreamView {
  readonly name: string;
  readonly balancer: { readonly type: string };
  readonly generation: number;
  readonly active: number;
  /** So few peers are up that health is ignored. */
  readonly panic?: boolean;
  /** What is under way. */
  readonly rebalance?: { readonly moves: number; readonly left: number; readonly rate: number };
  readonly peers: readonly PeerView[];
}

export interface RebalancePlan {
  readonly dry_run: boolean;
  readonly moves: number;
  readonly rate: number;
  readonly seconds: number;
  readonly target: number;
  readonly before: Evenness;
  readonly after: Evenness;
  /** Why the target is not reached. */
  readonly reason?: string;
  readonly peers: readonly PlannedPeer[];
  /** Workers that have said nothing in time. */
  readonly unanswered?: number;
}

interface Evenness {
  readonly max_over_mean: number;
}

export interface PlannedPeer {
  readonly id: string;
  readonly weight: number;
  readonly active: number;
  readonly movable: number;
  readonly planned: number;
}

export interface RouteView {
  readonly id: string;
  readonly hosts?: readonly string[];
  readonly path?: string;
  readonly upstream?: string;
  readonly split?: readonly Share[];
  readonly priority?: number;
  readonly mode?: string;
  readonly active?: number;
}

export interface Share {
  readonly upstream: string;
  readonly weight: number;
}

export interface RouteMatch {
  readonly route: RouteView;
  readonly upstreams: readonly Share[];
  readonly params: Readonly<Record<string, string>>;
  /** As it is sent to the peer. */
  readonly path: string;
}

export interface Pick {
  readonly peer: { readonly id: string; readonly address: string };
  readonly reason: string;
}

export interface Finding {
  readonly pointer: string;
  readonly message: string;
}

export interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly Finding[];
}

/** What is beside `mode` is there in relay mode only. */
export interface ShownSession extends ListedSession {
  readonly mode: string;
  readonly moves?: number;
  readonly moved_at?: string;
  readonly moving?: boolean;
  readonly messages_from_client?: number;
  readonly messages_from_peer?: number;
  /** Of payload. */
  readonly bytes_from_client?: number;
  readonly bytes_from_peer?: number;
  readonly unconfirmed_messages?: number;
  readonly client_rtt_ms?: number;
  readonly peer_rtt_ms?: number;
  /** The last ones, with `flight_recorder`. */
  readonly frames?: readonly ShownFrame[];
}

export interface ShownFrame {
  readonly time: string;
  readonly from: string;
  readonly opcode: string;
  readonly final: boolean;
  readonly length: number;
  /** Of a Close. */
  readonly code?: number;
}
