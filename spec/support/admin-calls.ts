import type { Gateway } from "./gateway";

export interface Status {
  readonly version: string;
  readonly generation: number;
  readonly workers: number;
  readonly config_error: string;
  readonly last_reload_error: string;
  readonly state_error: string;
  /** Its pid; 0: none. */
  readonly leader: number;
  readonly uncounted: number;
}

interface Upstream {
  readonly name: string;
  readonly generation: number;
  readonly active: number;
  readonly peers: readonly { readonly id: string; readonly active: number; readonly removed: boolean }[];
}

export function getStatus(gateway: Gateway): Promise<Status> {
  return get(gateway, "/v1/status");
}

/** Open sessions by the id of their peer, as the gateway counts them. */
export async function countsOf(gateway: Gateway, upstream: string): Promise<Record<string, number>> {
  const { peers } = await get<Upstream>(gateway, `/v1/upstreams/${upstream}`);
  return Object.fromEntries(peers.map(({ id, active }) => [id, active]));
}

/** Peers that have left the config and are listed for the sessions they still have. */
export async function removedPeers(gateway: Gateway, upstream: string): Promise<string[]> {
  const { peers } = await get<Upstream>(gateway, `/v1/upstreams/${upstream}`);
  return peers.filter(({ removed }) => removed).map(({ id }) => id);
}

/** Open sessions of all upstreams together. */
export async function totalCount(gateway: Gateway): Promise<number> {
  const { upstreams } = await get<{ upstreams: Upstream[] }>(gateway, "/v1/upstreams");
  return upstreams.reduce((sum, { active }) => sum + active, 0);
}

/** On a connection of its own: one that is kept alive ends up in a worker that is about to exit. */
async function get<T>(gateway: Gateway, path: string): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}${path}`, {
    headers: { connection: "close" },
  });
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
