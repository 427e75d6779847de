import { adminRequest } from "./admin-request";
import type { Gateway } from "./gateway";
import { waitFor } from "./wait-for";

/** What the admin API says of the health of a peer. */
export interface PeerHealth {
  readonly id: string;
  readonly address: string;
  readonly state: string;
  readonly health: "up" | "down";
  readonly health_reason: string;
  readonly health_since?: string;
  readonly on_trial: boolean;
  readonly closing: boolean;
  readonly active: number;
  readonly effective_weight: number;
  readonly agent?: Readonly<Record<string, unknown>>;
}

/** What is expected of the peers, by their ids: `up` or `down`, or what some of the fields are. */
export type Expected = Readonly<
  Record<string, string | Readonly<Partial<Record<keyof PeerHealth, unknown>>>>
>;

/** For `serverExtra`: the admin API at the gateway's own port, where each worker has a queue of its own, so that each can be asked. */
export const ASK_WORKERS = `location /v1/ {
  add_header Worker $pid always;
  content_by_lua_block { require("resty.switchboard").admin() }
}`;

/** As any worker knows it. */
export async function healthOf(gateway: Gateway, upstream = "chat"): Promise<Record<string, PeerHealth>> {
  const { json } = await adminRequest<{ peers: PeerHealth[] }>(gateway, "GET", `/v1/upstreams/${upstream}`);
  return byId(json.peers);
}

/** Waits until the worker that is asked says so of the peers. */
export async function whenHealth(
  gateway: Gateway,
  expected: Expected,
  { upstream = "chat", timeoutMs = 15_000 } = {},
): Promise<Record<string, PeerHealth>> {
  let seen: Record<string, PeerHealth> = {};
  const isSo = async (): Promise<boolean> => {
    seen = await healthOf(gateway, upstream);
    return isAsExpected(seen, expected);
  };
  await waitFor(isSo, { timeoutMs, what: "health" }).catch((error: Error) => {
    throw new Error(`${error.message} ${JSON.stringify(expected)}: ${JSON.stringify(seen)}`);
  });
  return seen;
}

/** Waits until every worker that takes connections has said so, and none anything else since. Needs `ASK_WORKERS`. */
export async function whenAllKnow(gateway: Gateway, expected: Expected, upstream = "chat"): Promise<void> {
  const known = new Set<number>();
  let seen: unknown;
  const isSo = async (): Promise<boolean> => {
    const { worker, peers } = await askWorker(gateway, upstream);
    seen = { worker, peers };
    if (isAsExpected(byId(peers), expected)) known.add(worker);
    else known.clear();
    return gateway.workerPids().every((pid) => known.has(pid));
  };
  await waitFor(isSo, { what: "health in all workers" }).catch((error: Error) => {
    throw new Error(`${error.message} ${JSON.stringify(expected)}: ${JSON.stringify(seen)}`);
  });
}

export async function leaderOf(gateway: Gateway): Promise<number> {
  const ask = async (): Promise<number | false> => {
    const { json } = await adminRequest<{ leader: number }>(gateway, "GET", "/v1/status");
    return json.leader > 0 && gateway.workerPids().includes(json.leader) && json.leader;
  };
  return waitFor(ask, { what: "a leader" });
}

async function askWorker(
  gateway: Gateway,
  upstream: string,
): Promise<{ worker: number; peers: readonly PeerHealth[] }> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}/v1/upstreams/${upstream}`, {
    headers: { connection: "close" },
  });
  const { peers } = (await response.json()) as { peers: PeerHealth[] };
  return { worker: Number(response.headers.get("worker")), peers };
}

function byId(peers: readonly PeerHealth[]): Record<string, PeerHealth> {
  return Object.fromEntries(peers.map((peer) => [peer.id, peer]));
}

function isAsExpected(seen: Readonly<Record<string, PeerHealth>>, expected: Expected): boolean {
  return Object.entries(expected).every(([id, wanted]) => {
    const peer = seen[id];
    if (peer === undefined) return false;
    if (typeof wanted === "string") return peer.health === wanted;
    return Object.entries(wanted).every(([field, value]) => {
      const found = peer[field as keyof PeerHealth];
      return value instanceof RegExp ? value.test(String(found)) : found === value;
    });
  });
}
