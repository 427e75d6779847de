import type { Pause } from "../pause";
import type { Peer } from "../pool/peer";

/** 128 bits in base64url. */
export const TOKEN_LENGTH = 22;

/** A keyed hash of which nobody without the secret can tell or make up a value. */
export interface Mac {
  /** @returns `TOKEN_LENGTH` characters of A-Z, a-z, 0-9, `-` and `_` */
  sign(this: void, secret: string, text: string): string;
}

/** What the affinity of every upstream is made with. */
export interface AffinityDeps {
  readonly mac: Mac;
  /** One or two: the first signs, each is accepted. Asked for when an upstream needs them. */
  secrets(this: void): readonly string[];
}

/** The tokens of some peers, worked out and not yet in force. */
export interface PreparedTokens {
  readonly peers: LuaMap<string, Peer>;
  readonly tokens: LuaMap<string, readonly string[]>;
}

/** Says what is signed and how, so that another way of it makes other tokens. */
const VERSION = "switchboard affinity 1";
const PEERS_PER_PAUSE = 16;

/**
 * The names under which clients know the peers of one upstream: hashes keyed with the gateway's secret, which say nothing of
 * the peer and which nobody else can make. They are worked out in advance, so that a request costs one look into a map.
 */
export class AffinityTokens {
  /** By token. */
  private peers = new LuaMap<string, Peer>();
  /** By key of the peer; that of the first secret comes first. */
  private tokens = new LuaMap<string, readonly string[]>();

  constructor(
    private readonly upstream: string,
    private readonly mac: Mac,
    private readonly secrets: readonly string[],
  ) {}

  /** Slow path. Peers that were there before keep their tokens; nothing is in force before `use`. */
  prepare(peers: readonly Peer[], pause: Pause): PreparedTokens {
    const byToken = new LuaMap<string, Peer>();
    const byKey = new LuaMap<string, readonly string[]>();
    let steps = 0;
    for (const peer of peers) {
      const tokens = this.tokens.get(peer.key) ?? this.tokensFor(peer.key);
      byKey.set(peer.key, tokens);
      for (const token of tokens) byToken.set(token, peer);
      steps += 1;
      if (steps % PEERS_PER_PAUSE === 0) pause();
    }
    return { peers: byToken, tokens: byKey };
  }

  use({ peers, tokens }: PreparedTokens): void {
    this.peers = peers;
    this.tokens = tokens;
  }

  /** Both at once. */
  update(peers: readonly Peer[], pause: Pause): void {
    this.use(this.prepare(peers, pause));
  }

  /** The peer that a client means; `undefined` for everything that is not a token of one that is there. */
  find(token: string | undefined): Peer | undefined {
    if (token === undefined) return undefined;
    return this.peers.get(token);
  }

  /** What a client is to be given; `undefined` for a peer that is not there any more. */
  tokenOf(peer: Peer): string | undefined {
    const tokens = this.tokens.get(peer.key);
    return tokens === undefined ? undefined : tokens[0];
  }

  private tokensFor(key: string): readonly string[] {
    const tokens: string[] = [];
    const text = `${VERSION}\n${this.upstream}\n${key}`;
    for (const secret of this.secrets) tokens.push(this.mac.sign(secret, text));
    return tokens;
  }
}
