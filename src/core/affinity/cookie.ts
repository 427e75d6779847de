import { isEqual } from "../config/equality";
import type { AffinityConfig, UpstreamConfig } from "../config/snapshot";
import type { Pause } from "../pause";
import type { Peer } from "../pool/peer";
import { isSecureName } from "./cookie-name";
import { AffinityTokens, TOKEN_LENGTH, type AffinityDeps, type PreparedTokens } from "./tokens";

const SEMICOLON = 0x3b;
const SPACE = 0x20;
const TAB = 0x09;

/** A request, as far as its cookies go. */
export interface VariableSource {
  /** An nginx variable; `undefined` if the request has none of the name. */
  variable(name: string): string | undefined;
}

/** Binds the clients of one upstream to the peer they had before, by a cookie that names it. */
export class CookieAffinity {
  /** The nginx variable that has the cookie, or another one whose name differs in case. */
  private readonly cookieVariable: string;
  /** Whether a client is given its cookie with every answer, because it would expire otherwise. */
  readonly isRenewed: boolean;
  private readonly tokens: AffinityTokens;
  /** What a cookie begins with, towards the client and from it. */
  private readonly start: string;
  private readonly endOnTls: string;
  private readonly endOnPlain: string;

  constructor(
    upstream: string,
    readonly config: AffinityConfig,
    { mac, secrets }: AffinityDeps,
  ) {
    this.tokens = new AffinityTokens(upstream, mac, secrets());
    this.cookieVariable = `cookie_${config.name.toLowerCase()}`;
    this.isRenewed = config.maxAgeS > 0;
    this.start = `${config.name}=`;
    this.endOnTls = attributes(config, config.secure !== "never");
    this.endOnPlain = attributes(config, config.secure === "always" || needsSecure(config));
  }

  /** Slow path; see `AffinityTokens`. */
  prepare(peers: readonly Peer[], pause: Pause): PreparedTokens {
    return this.tokens.prepare(peers, pause);
  }

  use(prepared: PreparedTokens): void {
    this.tokens.use(prepared);
  }

  update(peers: readonly Peer[], pause: Pause): void {
    this.tokens.update(peers, pause);
  }

  /** The client's cookie; of several of the name, where the first one names no peer, the first that does. */
  cookieOf(request: VariableSource): string | undefined {
    const cookie = request.variable(this.cookieVariable);
    if (cookie === undefined || this.tokens.find(cookie) !== undefined) return cookie;
    const field = request.variable("http_cookie");
    return field === undefined ? undefined : this.tokenAmong(field);
  }

  /** The peer that a cookie names. One that is forged, stale, or not ours names none. */
  find(cookie: string | undefined): Peer | undefined {
    return this.tokens.find(cookie);
  }

  /** What the client's cookie should be when it is on this peer. */
  tokenOf(peer: Peer): string | undefined {
    return this.tokens.tokenOf(peer);
  }

  /** The value of the `Set-Cookie` that binds a client to a peer; `undefined` for a peer that is not there any more. */
  setCookieFor(peer: Peer, isTls: boolean): string | undefined {
    const token = this.tokens.tokenOf(peer);
    if (token === undefined) return undefined;
    return this.start + token + (isTls ? this.endOnTls : this.endOnPlain);
  }

  /** In a whole `Cookie` field. */
  private tokenAmong(field: string): string | undefined {
    const { start } = this;
    let at = field.indexOf(start);
    while (at >= 0) {
      const from = at + start.length;
      const to = from + TOKEN_LENGTH;
      if ((at === 0 || isBetween(field.charCodeAt(at - 1))) && isEnd(field, to)) {
        const token = field.substring(from, to);
        if (this.tokens.find(token) !== undefined) return token;
      }
      at = field.indexOf(start, from);
    }
    return undefined;
  }
}

/** @param known that of the config before */
export function cookieAffinityOf(
  { name, affinity }: UpstreamConfig,
  known: CookieAffinity | undefined,
  deps: AffinityDeps,
): CookieAffinity | undefined {
  if (affinity?.type !== "cookie") return undefined;
  return known !== undefined && isEqual(known.config, affinity)
    ? known
    : new CookieAffinity(name, affinity, deps);
}

/** Browsers refuse such a cookie unless it is `Secure`. */
function needsSecure({ name, sameSite }: AffinityConfig): boolean {
  return sameSite === "None" || isSecureName(name);
}

function attributes(config: AffinityConfig, isSecure: boolean): string {
  let text = `; Path=${config.path}`;
  if (config.maxAgeS > 0) text += `; Max-Age=${config.maxAgeS.toString()}`;
  if (config.isHttpOnly) text += "; HttpOnly";
  if (isSecure) text += "; Secure";
  if (config.sameSite !== "") text += `; SameSite=${config.sameSite}`;
  return text;
}

/** Before a name. */
function isBetween(code: number): boolean {
  return code === SEMICOLON || code === SPACE || code === TAB;
}

/** Behind a value. */
function isEnd(field: string, index: number): boolean {
  if (index >= field.length) return index === field.length;
  return isBetween(field.charCodeAt(index));
}
