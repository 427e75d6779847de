import type { Peer } from "../core/pool/peer";
import type { Pool } from "../core/pool/pool";

/** What the admin API asks of the gateway it serves. */
export interface AdminWorld {
  /** JSON of plain data without empty lists: the codec of one kind of nginx cannot tell them from empty objects. */
  encode(value: unknown): string;
  status(): GatewayStatus;
  /** In the order of their names. */
  upstreams(): readonly Pool[];
  upstream(name: string): Pool | undefined;
  generationOf(pool: Pool): number;
}

export interface GatewayStatus {
  readonly version: string;
  readonly generation: number;
  readonly workers: number;
  /** Why the config file that is there now is not in use; `""` if it is. */
  readonly configError: string;
  /** Why the last reload was refused; `""` if it was not. */
  readonly lastReloadError: string;
  /** Sessions that could not be counted because the shared dict was full. */
  readonly uncounted: number;
}

export interface AdminAnswer {
  readonly status: number;
  /** JSON. */
  readonly body: string;
  /** For the Allow header, where the method is the wrong one. */
  readonly allow?: string;
}

const UPSTREAMS = "/v1/upstreams";

/** Answers a call of the admin API. `path` is decoded. */
export function handle(method: string, path: string, world: AdminWorld): AdminAnswer {
  const show = find(path, world);
  if (show === undefined) return fail(world, 404, "not_found", `there is nothing at ${path}`);
  if (method === "GET" || method === "HEAD") return { status: 200, body: show() };
  return { ...fail(world, 405, "method_not_allowed", `${path} takes GET`), allow: "GET, HEAD" };
}

/** What renders the body of a resource that is there: it may be large, and only some methods want it. */
function find(path: string, world: AdminWorld): (() => string) | undefined {
  if (path === "/v1/status") return () => world.encode(showStatus(world.status()));
  if (path === UPSTREAMS) return () => showUpstreams(world);
  if (!path.startsWith(`${UPSTREAMS}/`)) return undefined;
  const pool = world.upstream(path.substring(UPSTREAMS.length + 1));
  return pool === undefined ? undefined : () => showUpstream(pool, world);
}

function fail(world: AdminWorld, status: number, code: string, message: string): AdminAnswer {
  return { status, body: world.encode({ error: { code, message } }) };
}

function showStatus(status: GatewayStatus): Record<string, unknown> {
  return {
    version: status.version,
    generation: status.generation,
    workers: status.workers,
    config_error: status.configError,
    last_reload_error: status.lastReloadError,
    uncounted: status.uncounted,
  };
}

function showUpstreams(world: AdminWorld): string {
  return `{"upstreams":${list(world.upstreams().map((pool) => showUpstream(pool, world)))}}`;
}

function showUpstream(pool: Pool, world: AdminWorld): string {
  let active = 0;
  const peers: string[] = [];
  for (const peer of pool.peers) {
    const open = pool.active(peer);
    active += open;
    peers.push(world.encode(showPeer(peer, open)));
  }
  const { name, balancer } = pool.config;
  const head = world.encode({
    name,
    balancer: { type: balancer.type },
    generation: world.generationOf(pool),
    active,
  });
  return `${head.substring(0, head.length - 1)},"peers":${list(peers)}}`;
}

function showPeer(peer: Peer, active: number): Record<string, unknown> {
  return {
    id: peer.key,
    address: peer.address,
    state: peer.state,
    health: peer.isUp ? "up" : "down",
    weight: peer.weight,
    active,
    max_conns: peer.maxConns,
    backup: peer.isBackup,
    zone: peer.zone,
  };
}

function list(items: readonly string[]): string {
  return `[${items.join(",")}]`;
}
