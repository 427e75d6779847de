/**
 * What is changed at run time. A `Change` is one durable record: the state file is a list of them, and what they add up to
 * is the run-time layer over the config file.
 */
import type { Json } from "../walker";

export type ClosePolicy = "keep" | "paced";

/** What a drain was asked for with, at an instant. */
export interface Drain {
  readonly close: ClosePolicy;
  readonly deadline_ms: number;
  readonly spread_ms: number;
  /** Seconds since the epoch. */
  readonly since_s: number;
}

/** What differs from the peer of the document. Its names are those of the state file. */
export interface PeerOverride {
  /** As in the document; of an added peer all of it. */
  readonly fields?: Json;
  /** It stands for itself: a peer of this id in the document counts for nothing. */
  readonly added?: boolean;
  /** The document's peer of this id is not there. */
  readonly removed?: boolean;
  readonly drain?: Drain;
}

export interface RouteOverride {
  /** The whole route, as in the document; absent: the document's route of this id is not there. */
  readonly config?: Json;
  /** There was no route of this id in the document. */
  readonly added?: boolean;
}

/** A document that stands in for the config file. */
export interface BaseDocument {
  readonly document: unknown;
  /** The same as JSON without line breaks. */
  readonly text: string;
}

/** Replaces the base document and drops every override: whoever made it saw them merged in. */
export interface PutChange extends BaseDocument {
  readonly kind: "put";
}

export interface PeerChange {
  readonly kind: "peer";
  readonly upstream: string;
  readonly peer: string;
  /** Absent: it is dropped. */
  readonly override?: PeerOverride;
}

export interface RouteChange {
  readonly kind: "route";
  readonly route: string;
  /** Absent: it is dropped. */
  readonly override?: RouteOverride;
}

/** Back to the config file. */
export interface ResetChange {
  readonly kind: "reset";
}

export interface PeerName {
  readonly upstream: string;
  readonly peer: string;
}

/** Overrides that are dropped because the document has no longer what they were for. */
export interface PruneChange {
  readonly kind: "prune";
  readonly peers: readonly PeerName[];
  readonly routes: readonly string[];
  /** For status. */
  readonly reasons: readonly string[];
}

export type Change = PutChange | PeerChange | RouteChange | ResetChange | PruneChange;
