import { EXIT, Failure } from "../failure";

/** A peer as the operator names it: `chat/a`, `chat/10.0.0.1:8010`, `chat/unix:/run/a.sock`. */
export interface PeerName {
  readonly upstream: string;
  readonly peer: string;
}

/** Splits at the first slash alone: the id of a peer may have some. */
export function parsePeerName(text: string): PeerName {
  const slash = text.indexOf("/");
  if (slash <= 0 || slash === text.length - 1)
    throw new Failure(`error: "${text}" names no peer: UPSTREAM/PEER does, for instance chat/a`, EXIT.usage);
  return { upstream: text.slice(0, slash), peer: text.slice(slash + 1) };
}

export function upstreamPath(upstream: string): string {
  return `/v1/upstreams/${encodeURIComponent(upstream)}`;
}

export function peerPath({ upstream, peer }: PeerName): string {
  return `${upstreamPath(upstream)}/peers/${encodeURIComponent(peer)}`;
}
