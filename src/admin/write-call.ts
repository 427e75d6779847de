import type { RouteConfig } from "../core/config/snapshot";
import type { ChangedPeer } from "./world";
import type { ConfigError } from "../core/config/findings";

/** Calls of the admin API that change something. Bodies are the text as it came; `""` stands for `{}`. */
interface Conditional {
  /** The header as it came. */
  readonly ifMatch?: string;
}

export interface PutConfigCall extends Conditional {
  readonly kind: "put_config";
  readonly body: string;
  readonly isDryRun: boolean;
}

export interface ResetCall extends Conditional {
  readonly kind: "reset";
}

export interface AddPeerCall extends Conditional {
  readonly kind: "add_peer";
  readonly upstream: string;
  readonly body: string;
}

export interface PeerCall extends Conditional {
  readonly kind: "patch_peer" | "remove_peer" | "drain_peer" | "ready_peer" | "maint_peer";
  readonly upstream: string;
  readonly peer: string;
  readonly body: string;
  /** Of a removal: the query argument, before the body's field. */
  readonly sessions?: string;
}

export interface PutRouteCall extends Conditional {
  readonly kind: "put_route";
  readonly route: string;
  readonly body: string;
}

export interface DeleteRouteCall extends Conditional {
  readonly kind: "delete_route";
  readonly route: string;
}

export type WriteCall = PutConfigCall | ResetCall | AddPeerCall | PeerCall | PutRouteCall | DeleteRouteCall;

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: readonly ConfigError[];
}

/** What a call came to. The body of a peer or a route is rendered from what is named here. */
export interface Outcome extends Partial<Refusal> {
  readonly status: number;
  readonly generation: number;
  readonly etag: string;
  readonly warnings?: readonly ConfigError[];
  readonly isDryRun?: boolean;
  readonly peer?: ChangedPeer;
  /** As it is now; of one that was deleted, as it was. */
  readonly route?: RouteConfig;
}

export function refusal(
  status: number,
  code: string,
  message: string,
  details?: readonly ConfigError[],
): Refusal {
  return details === undefined ? { status, code, message } : { status, code, message, details };
}

export function invalid(errors: readonly ConfigError[]): Refusal {
  const first = errors[0];
  const more = errors.length > 1 ? ", and more" : "";
  const place = first === undefined || first.pointer === "" ? "" : `${first.pointer}: `;
  return refusal(422, "invalid_config", `${place}${first?.message ?? "it is not valid"}${more}`, errors);
}

/** RFC 9110 13.1.1: a list of entity tags, compared strongly, or `*`. */
export function isMatch(ifMatch: string, etag: string): boolean {
  for (const tag of ifMatch.split(",")) {
    const trimmed = tag.trim();
    if (trimmed === "*" || trimmed === etag) return true;
  }
  return false;
}
