import type { PeerConfig, RouteConfig } from "../core/config/snapshot";
import type { Fallible } from "../core/fallible";
import type { CompiledRoute } from "../core/gateway/compiled-route";
import type { Peer } from "../core/pool/peer";
import type { SessionPage } from "../core/listing/page";
import type { Pool } from "../core/pool/pool";
import type { Plan } from "../core/rebalance/plan";
import type { PlanPeer } from "../core/rebalance/shares";
import type { RouteRequest } from "../core/route/request";
import type { SessionFilter } from "../core/session/filter";
import type { AdminAnswer } from "./answer";
import type { Refusal } from "./errors";
import type { Method, Names, OperationName } from "./operations";

/** What the admin API asks of the gateway it serves. */
export interface AdminWorld {
  /** JSON of plain data without empty lists: see `json-text.ts`. */
  encode(this: void, value: unknown): string;
  /** Says where the text stops being JSON. */
  decode(this: void, text: string): Fallible<unknown>;
  /** Called between small pieces of work; it may let other work of the worker go first. */
  pause(this: void): void;

  status(this: void): GatewayStatus;
  /** In order. */
  upstreamNames(this: void): readonly string[];
  upstream(this: void, name: string): Pool | undefined;
  generationOf(this: void, pool: Pool): number;
  /** Peers that no config has any more, and on which sessions are open. */
  removedPeers(this: void, pool: Pool): readonly Peer[];
  lifeOf(this: void, pool: Pool, peer: Peer): PeerLife;
  /** Where a new session would go now; it takes no slot. */
  pick(this: void, pool: Pool, key: string): Fallible<Picked>;
  /** Plans the moves of sessions that make the load of the peers more alike, and begins them. */
  rebalance(this: void, pool: Pool, wish: RebalanceWish): Fallible<Rebalanced>;
  /** What is under way of that; absent: nothing. */
  rebalancing(this: void, pool: Pool): RebalanceProgress | undefined;

  /** In chunks, in no order. */
  routes(this: void): readonly (readonly CompiledRoute[])[];
  match(this: void, request: RouteRequest): CompiledRoute | undefined;
  activeOfRoute(this: void, id: string): number;

  /** Fails where the cursor is none. */
  sessions(this: void, filter: SessionFilter, limit: number, after: string): Fallible<SessionPage>;
  /** One session, in whatever process it is, with what its process knows of it. */
  session(this: void, id: string): Outcome;
  /** Closes one session, or all that a filter names. */
  close(this: void, call: Call): Outcome;
  /** A stream of them; `lastEventId` is `""` for a new reader. */
  events(this: void, query: Readonly<Record<string, string>>, lastEventId: string): AdminAnswer;

  /** Changes the config: the process that may do it does it, and the outcome is in force everywhere. */
  change(this: void, call: Call): Outcome;
  document(this: void, layer: ConfigLayer): Outcome;
}

export type ConfigLayer = "effective" | "file" | "runtime";

export interface GatewayStatus {
  readonly version: string;
  readonly generation: number;
  readonly workers: number;
  readonly workerGenerations: readonly WorkerGeneration[];
  /** Of the process that leads; 0: none does. */
  readonly leaderPid: number;
  /** Why the config file that is there now is not in use; `""` if it is. */
  readonly configError: string;
  /** Why the last reload was refused; `""` if it was not. */
  readonly lastReloadError: string;
  /** Why changes cannot be kept, or an earlier state file was set aside; `""` if all is well. */
  readonly stateError: string;
  readonly isFileShadowed: boolean;
  readonly overrides: number;
  /** What was dropped, each with why. */
  readonly droppedOverrides: readonly string[];
  /** Sessions that could not be counted because the shared dict was full. */
  readonly uncounted: number;
  /** Sessions that are not in the list because its shared dict was full. */
  readonly unlisted: number;
}

/** Workers that run one loading of the configuration: those of now, and those that a reload left behind with sessions. */
export interface WorkerGeneration {
  readonly generation: number;
  readonly workers: number;
  readonly sessions: number;
  /** They take no new connections. */
  readonly exiting: boolean;
  /** Why they are still there; `""` for those that serve. */
  readonly why: string;
}

/** What a worker knows of a peer beyond its config. */
export interface PeerLife {
  /** As configured, where `effectiveWeight` is its share in picks. */
  readonly weight: number;
  readonly effectiveWeight: number;
  readonly isClosing: boolean;
  /** Counters since the start, by name. */
  readonly totals: Readonly<Record<string, number>>;
}

export interface Picked {
  readonly peer: Peer;
  /** For people. */
  readonly reason: string;
}

export interface RebalanceWish {
  readonly isDryRun: boolean;
  /** Moves a second, over all workers; 0: end what is under way. */
  readonly rate: number;
  /** The highest load of a peer, as a multiple of the mean. */
  readonly target: number;
  /** A session that was moved since so long ago stays. */
  readonly windowS: number;
}

export interface Rebalanced {
  readonly peers: readonly PlanPeer[];
  readonly plan: Plan;
  /** Processes that did not answer in time: none of their sessions is moved. */
  readonly unanswered: number;
}

export interface RebalanceProgress {
  readonly moves: number;
  /** Those that have not begun. */
  readonly left: number;
  readonly rate: number;
}

/** A call that changes something. It may travel to another process as JSON. */
export interface Call {
  readonly method: Method;
  readonly operation: OperationName;
  readonly names: Names;
  readonly query: Readonly<Record<string, string>>;
  /** The If-Match header; `""` if there is none. */
  readonly ifMatch: string;
  /** The body as it came; `""` stands for `{}`. */
  readonly body: string;
}

/** What came of a call: a refusal, or one of the others to show. */
export interface Outcome {
  /** 200, 201 or 202; a refusal has its own. */
  readonly status: number;
  readonly refusal?: Refusal;
  /** JSON, shown as it is. */
  readonly body?: string;
  readonly peer?: ChangedPeer;
  readonly route?: RouteConfig;
  readonly etag?: string;
}

export interface ChangedPeer {
  readonly upstream: string;
  /** As it is now; of one that was removed, as it was. */
  readonly config: PeerConfig;
  readonly isRemoved: boolean;
}
