/**
 * The validated, normalised configuration: what `validate` makes of a document, what workers read, what balancers and
 * routes are built from. Every default is filled in, every duration is a number with its unit in the name. It is plain
 * data (it travels through the shared dict as JSON) and nobody changes it.
 */

export type AdminState = "ready" | "drain" | "maint";
export type RouteMode = "tunnel" | "relay";
export type RetryKind = "error" | "timeout" | "http_502" | "http_503" | "http_504";

export interface PeerConfig {
  /** Unique within the upstream. */
  readonly id: string;
  /** As configured: `host:port`, `[ipv6]:port` or `unix:/path`. */
  readonly address: string;
  readonly weight: number;
  /** 0 means no limit. */
  readonly maxConns: number;
  readonly isBackup: boolean;
  readonly zone: string;
  readonly state: AdminState;
  /** Not from the document: when it began to take sessions at run time, in seconds since the epoch; absent: with the gateway. */
  readonly readySinceS?: number;
  /** Absent: its sessions stay until they end by themselves. */
  readonly closing?: Closing;
}

/** When the sessions that are open on a peer are closed: from an instant on, spread over a while. */
export interface Closing {
  /** Seconds since the epoch; 0: now. */
  readonly atS: number;
  readonly spreadMs: number;
}

/** A peer that no config has any more, and on which sessions are open; or that closes, as an address of a name that had others before. */
export interface RemovedPeer {
  /** What it is counted under: its id, or `id#ip` for an address that a name resolved to. */
  readonly key: string;
  readonly id: string;
  /** For the connect, as in `Peer`. */
  readonly host: string;
  readonly port: number;
  readonly closing?: Closing;
}

export interface BalancerConfig {
  readonly type: string;
  /** Everything beside `type`, as the balancer's own `validate` accepted it. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface TlsConfig {
  /** SNI and the name that is verified; a template; `""` stands for the name in the Host header sent to the peer. */
  readonly serverName: string;
}

export interface AffinityConfig {
  readonly type: "cookie" | "key";
  readonly name: string;
  readonly isStrict: boolean;
  readonly path: string;
  /** 0 makes it a session cookie. */
  readonly maxAgeS: number;
  readonly secure: "auto" | "always" | "never";
  readonly isHttpOnly: boolean;
  readonly sameSite: "Lax" | "Strict" | "None" | "";
}

/** Learns from handshakes; what happens to a session later says nothing about its peer, but for `earlyCloseMs`. */
export interface PassiveHealthConfig {
  /** Failures in a row, none later than the window after the one before. */
  readonly maxFails: number;
  readonly windowMs: number;
  /** Of the attempts in the window, if they are `minAttempts` at least. */
  readonly maxFailurePercent: number;
  readonly minAttempts: number;
  /** Times how often it was ejected, up to `maxEjectMs`. */
  readonly ejectMs: number;
  readonly maxEjectMs: number;
  /** Of the peers of the upstream; one always may be. */
  readonly maxEjectedPercent: number;
  /** A session that breaks off so early counts as a failed handshake; 0: none does. */
  readonly earlyCloseMs: number;
}

export interface ActiveHealthConfig {
  readonly type: "tcp" | "http" | "websocket";
  readonly path: string;
  /** `""`: the upstream's Host header if that is no template, or the peer's address. */
  readonly host: string;
  /** 0: the peer's own. */
  readonly port: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Statuses and ranges of them with commas between: `200,300-399`. */
  readonly expectStatus: string;
  /** `""`: whatever it is. */
  readonly expectBody: string;
  readonly intervalMs: number;
  /** While a peer is on its way down or up, if it is shorter than the interval. */
  readonly fastIntervalMs: number;
  /** While the upstream has no session and the peer is up, if it is longer than the interval. */
  readonly idleIntervalMs: number;
  /** Part of an interval by which it is longer or shorter at most. */
  readonly jitter: number;
  /** Of each step. */
  readonly timeoutMs: number;
  readonly rise: number;
  readonly fall: number;
  readonly initial: "up" | "down" | "last";
}

export interface HealthConfig {
  readonly passive?: PassiveHealthConfig;
  readonly active?: ActiveHealthConfig;
  /** Whether peers may say by a header what they can take. */
  readonly hasAgent: boolean;
  /** What becomes of the sessions of a peer that goes down. */
  readonly onDown: "keep" | "close";
}

/** How many tries beyond the first may be under way at a time. */
export interface RetryBudgetConfig {
  /** Of the handshakes that are under way. */
  readonly percent: number;
  /** So many always may. */
  readonly min: number;
}

/** How the share of a peer grows that has just begun to take sessions. */
export interface SlowStartConfig {
  /** 0: it has its whole share at once. */
  readonly windowMs: number;
  /** What it begins with, in percent of its weight. */
  readonly minPercent: number;
  /** 1 grows evenly; above, faster at first: the share is (time / window) ^ (1 / aggression). */
  readonly aggression: number;
}

export interface DrainConfig {
  readonly deadlineMs: number;
  readonly spreadMs: number;
  readonly close: "keep" | "paced";
}

export interface UpstreamConfig {
  readonly name: string;
  readonly balancer: BalancerConfig;
  readonly peers: readonly PeerConfig[];
  /** Not from the document: the leader adds them while they have sessions. */
  readonly removed?: readonly RemovedPeer[];
  /** Absent: plain TCP. */
  readonly tls?: TlsConfig;
  /** A template; `$http_host` passes the client's own. */
  readonly hostHeader: string;
  readonly connectTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** A handshake with all its tries; 0: as long as each of them may take. */
  readonly totalTimeoutMs: number;
  /** Within so long a side of an open session that is gone without a word is noticed; 0: as the system says. */
  readonly tcpTimeoutMs: number;
  /** Further tries after the first, each on another peer. */
  readonly retries: number;
  readonly retryOn: readonly RetryKind[];
  readonly retryBudget: RetryBudgetConfig;
  readonly slowStart: SlowStartConfig;
  readonly panicThreshold: number;
  readonly affinity?: AffinityConfig;
  readonly health: HealthConfig;
  readonly drain: DrainConfig;
}

export interface WeightedUpstream {
  readonly upstream: string;
  readonly weight: number;
}

/** A value must be equal to a string; `true` asks only that it is there, `false` that it is not. */
export type Condition = string | boolean;

export interface RouteConfig {
  readonly id: string;
  /** Lower case, no port: a name, `*.name`, an address, `[ipv6]`; empty: any host. */
  readonly hosts: readonly string[];
  /** Literal segments, `{param}`, and a `*` at the end. */
  readonly path: string;
  /** By lower-case header name. */
  readonly headers: Readonly<Record<string, Condition>>;
  readonly query: Readonly<Record<string, Condition>>;
  /** The client must offer one of these; empty: any. */
  readonly subprotocols: readonly string[];
  readonly priority: number;
  /** One entry for a plain `upstream`; weights are relative and sum to more than 0. */
  readonly split: readonly WeightedUpstream[];
  /** A template; `""` for none. */
  readonly key: string;
  readonly mode: RouteMode;
  /** A template over path parameters for the path sent to the peer; absent: as it came. */
  readonly rewrite?: string;
  readonly isHttpAllowed: boolean;
  readonly onDrain: "close" | "move";
  readonly onCrash: "close" | "move";
  /** Present where the mode is relay. */
  readonly relay?: RelayConfig;
}

/** What becomes of the sessions of a route whose frames the gateway relays. Limits are on what clients send; 0: none. */
export interface RelayConfig {
  readonly maxMessageBytes: number;
  readonly maxFrameBytes: number;
  readonly maxFragments: number;
  /** Token buckets that hold one second's worth, and at least one message. */
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
  /** delay: what is too much is read later; close: the session is closed with 1008. */
  readonly onExcess: "delay" | "close";
  /** Without a message of either side for so long it is closed with 1001. 0: never. */
  readonly messageTimeoutMs: number;
  /** So long after its begin, less up to a tenth by chance, it is closed with 1001. 0: never. */
  readonly maxAgeMs: number;
  /** Of the gateway's own pings to either side; 0: none. */
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
  /** How long a move may wait for a boundary. */
  readonly moveTimeoutMs: number;
  /** How long a peer that was told to close may be silent before it is left. */
  readonly closeTimeoutMs: number;
  /** So many of a client's first messages are kept and said again to each peer it is moved to, if they have so few bytes. */
  readonly replay: number;
  readonly replayBytes: number;
  /** Whether a peer may send its client to another one by Close 4300. */
  readonly acceptRedirect: boolean;
  /** Frames towards the client up to so many bytes go on whole; larger ones in pieces, each a frame. */
  readonly holdBytes: number;
  /** In a worker that exits: stay until they end, or be closed with 1012 over `exitSpreadMs`. */
  readonly onExit: "stay" | "close";
  readonly exitSpreadMs: number;
  readonly hasFlightRecorder: boolean;
}

export interface ResolverConfig {
  /** `ip` or `ip:port`; empty: those of /etc/resolv.conf. */
  readonly addresses: readonly string[];
  readonly ttlMinMs: number;
  readonly ttlMaxMs: number;
}

/** A whole validated document. Its generation is given to it when it is published. */
export interface Snapshot {
  readonly resolver: ResolverConfig;
  /** In the order of their names. */
  readonly upstreams: readonly UpstreamConfig[];
  /** In the order of the document. */
  readonly routes: readonly RouteConfig[];
}
