import { getStatus } from "./admin-calls";
import type { Backend, BackendOptions } from "./backend";
import { startBackend } from "./backend";
import type { Gateway } from "./gateway";
import { handshakeBytes, rawRequest } from "./raw-request";
import { waitFor } from "./wait-for";

/** For `locationExtra`: tells with every answer which worker gave it. */
export const NAME_WORKER = "add_header Worker $pid always;";

/** For `serverExtra`: lets `leaderPid` ask. */
export const SHOW_LEADER = `location = /leader {
  content_by_lua_block { ngx.print(ngx.shared.switchboard:get("1:leader") or "") }
}`;

/** The worker that leads, as soon as one does. */
export function leaderPid(gateway: Gateway): Promise<number> {
  const ask = async (): Promise<number | false> => {
    const response = await fetch(`http://127.0.0.1:${gateway.port}/leader`, {
      headers: { connection: "close" },
    });
    const pid = Number.parseInt(await response.text());
    return pid > 0 && pid;
  };
  return waitFor(ask, { what: "a leader" });
}

/** A backend whose 101 tells its name. */
export function startNamedBackend(name: string, options: BackendOptions = {}): Promise<Backend> {
  return startBackend({ ...options, headers: [`Backend: ${name}`] });
}

export interface Probe {
  readonly status: number;
  readonly worker: number;
  /** `""` if none was reached. */
  readonly backend: string;
}

/** A handshake that ends as soon as it is answered. */
export async function probe(gateway: Gateway, target = "/"): Promise<Probe> {
  const { status, headers } = await rawRequest(gateway.port, handshakeBytes(target));
  return { status, worker: Number(headers["worker"]), backend: headers["backend"] ?? "" };
}

/** Waits until every worker has sent a handshake to this backend, and none to another one since. */
export async function waitUntilLive(gateway: Gateway, backend: string, timeoutMs = 15_000): Promise<void> {
  const workers = await allWorkers(gateway);
  const live = new Set<number>();
  await waitFor(
    async () => {
      const found = await probe(gateway);
      if (found.backend === backend) live.add(found.worker);
      else live.clear();
      return workers.every((pid) => live.has(pid));
    },
    { timeoutMs, what: `backend ${backend} in all workers` },
  );
}

/** nginx takes connections before its last worker is there. */
export async function allWorkers(gateway: Gateway): Promise<number[]> {
  const { workers } = await getStatus(gateway);
  return waitFor(
    () => {
      const pids = gateway.workerPids();
      return pids.length === workers && pids;
    },
    { what: `${workers} workers` },
  );
}
