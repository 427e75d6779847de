import type { AdminWorld } from "../admin/handler";
import { VERSION } from "../core/version";
import { encodeJson } from "./json";
import { CONFIG_ERROR_KEY, RELOAD_ERROR_KEY, STORE_REFUSALS_KEY } from "./keys";
import { readReason } from "./reason-slot";
import { workerInUse } from "./worker";
import { sharedDict } from "./world";

function count(key: string): number {
  const [value] = sharedDict().get(key);
  return typeof value === "number" ? value : 0;
}

/** The gateway as the worker that was asked knows it. */
export const adminWorld: AdminWorld = {
  encode: (value) => encodeJson(value),
  status: () => ({
    version: VERSION,
    generation: workerInUse().follower.generation,
    workers: ngx.worker.count(),
    configError: readReason(sharedDict(), CONFIG_ERROR_KEY),
    lastReloadError: readReason(sharedDict(), RELOAD_ERROR_KEY),
    uncounted: count(STORE_REFUSALS_KEY),
  }),
  upstreams: () => workerInUse().gateway.allPools(),
  upstream: (name) => workerInUse().gateway.pool(name),
  generationOf: (pool) => workerInUse().follower.generationOf(pool.config.name),
};
