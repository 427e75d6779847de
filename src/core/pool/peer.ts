import type { AdminState, Closing } from "../config/snapshot";
import type { AgentWish } from "../health/record";
import type { Tally } from "../health/tally";
import type { Counters } from "../metrics/counters";

/**
 * One address that sessions can go to. It lives as long as its upstream has it or a session is open on it: counts and
 * health belong to it and survive every change of the config. A configured peer whose address is a name has one `Peer`
 * for each address the name resolves to.
 */
export interface Peer {
  /** Unique in the upstream: the configured id, or `id#ip` for an address that a name resolved to. */
  readonly key: string;
  /** The configured id. */
  readonly id: string;
  readonly upstream: string;
  /** For the connect: an IPv4 address, `[ipv6]`, or `unix:/path`. */
  readonly host: string;
  /** 0 for a unix socket. */
  readonly port: number;
  /** For people: what `host` and `port` amount to. */
  readonly address: string;
  /** Its share in picks now, which grows to `fullWeight` while it starts slowly; a removed peer has none. */
  weight: number;
  /** The addresses of one name have the configured weight in equal parts. */
  fullWeight: number;
  configuredWeight: number;
  /** 0 means no limit. The addresses of one name share it: see `family`. */
  maxConns: number;
  isBackup: boolean;
  zone: string;
  state: AdminState;
  /** As it was observed: one that is down gets sessions in a panic and on trial only. */
  isUp: boolean;
  /** Why it is up or down; `""` for nothing to say. */
  healthReason: string;
  /** Since when it is, in seconds since the epoch; 0: from the start. */
  healthSinceS: number;
  /** It is down after an ejection, and one handshake at a time may show whether it works again. */
  isOnTrial: boolean;
  /** What it says itself that it can take; absent: nothing. */
  agent?: AgentWish;
  /** The id of this worker's session that is its trial, until it is clear what came of it; absent: none is. */
  trialSession?: string;
  /** When it was known last that somebody has its trial, in seconds of the `Clock`; absent: nobody has. */
  trialTakenAtS?: number;
  /** Since when it takes sessions, in seconds of the `Clock`; 0: it did from the start. */
  readySinceS: number;
  /** All peers of the same configured id, this one among them. */
  family: readonly Peer[];
  /** Names of its counters in the `CounterStore`, made once so that no request builds a string. */
  readonly shareKey: string;
  readonly totalKey: string;
  /** No config has it any more, or not with this address: its counters go with the last session. */
  isRemoved: boolean;
  /** When its open sessions are closed; absent: they stay. */
  closing: Closing | undefined;
  /** The same because it is down; nothing to go by where the operator says when. */
  closingAsDown?: Closing;
  /** What this worker has counted of it; absent before its first session. */
  counters?: Counters;
  /** What came of this worker's attempts at it; absent before the first that counts. */
  tally?: Tally;
}

/** When its open sessions are closed: by what the operator says, or else because it is down. */
export function closingOf(peer: Peer): Closing | undefined {
  return peer.closing ?? peer.closingAsDown;
}

/** Whether its open sessions are being closed. */
export function isClosing(peer: Peer, nowS: number): boolean {
  const closing = closingOf(peer);
  return closing !== undefined && nowS >= closing.atS;
}

/** Whether both its operator and it itself let new sessions go to it, be it up or down. */
export function takesSessions(peer: Peer): boolean {
  return peer.state === "ready" && peer.fullWeight > 0 && !isWithdrawn(peer);
}

/** Whether it says that it wants no new sessions but bound ones. */
export function isWithdrawn({ agent }: Peer): boolean {
  return agent !== undefined && agent.isDraining;
}

/** Whether its operator lets no new sessions go to it but bound ones. */
export function isDismissed(peer: Peer): boolean {
  return peer.isRemoved || peer.state !== "ready";
}

export function primaryOf(peers: readonly Peer[]): readonly Peer[] {
  return peers.filter((peer) => !peer.isBackup);
}

export function backupOf(peers: readonly Peer[]): readonly Peer[] {
  return peers.filter((peer) => peer.isBackup);
}
