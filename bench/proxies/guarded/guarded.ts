/** What a proxy that watches its backends stands in front of. */
export interface Fleet {
  readonly peers: readonly { readonly name: string; readonly host: string; readonly port: number }[];
  /** The peers speak TLS: the name they must show, and the CA to believe. */
  readonly tls?: { readonly serverName: string; readonly caFile: string };
  /** The peers are found by a name, at one port; `server` answers for it. */
  readonly dns?: { readonly name: string; readonly port: number; readonly server: string };
  /** Open sockets are silent for longer than a handshake may take. */
  readonly isQuiet: boolean;
}

/** What a proxy itself says of a peer. */
export interface Word {
  readonly isUp: boolean;
  /** `""`: it gives none. */
  readonly reason: string;
}

/** A proxy with all it has against broken backends, two workers, and times like those of the others. */
export interface GuardedProxy {
  readonly name: string;
  start(fleet: Fleet): Promise<RunningGuard>;
}

export interface RunningGuard {
  readonly port: number;
  /** As an operator would; resolves when it was asked for. */
  reload(): void;
  /** Absent: it says nothing about its peers. */
  readonly word?: (peer: Fleet["peers"][number]) => Promise<Word>;
  stop(): Promise<void>;
}

/** The same for all proxies. */
export const GUARD = {
  workers: 2,
  /** To connect, and then until the 101. */
  handshakeS: 1,
  retries: 2,
  maxFails: 3,
  ejectS: 10,
  probeIntervalS: 1,
  probeTimeoutMs: 500,
  fall: 2,
  rise: 1,
} as const;
