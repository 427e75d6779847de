import type { AdminState, Closing } from "../config/snapshot";
import type { AgentWish } from "../health/record";
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
  /** What this worker has counted of it; absent before its first session. */
  counters?: Counters;
}

/** Whether its open sessions are being closed. */
export function isClosing(peer: Peer, nowS: number): boolean {
  return peer.closing !== undefined && nowS >= peer.closing.atS;
}
