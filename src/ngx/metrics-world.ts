import { routeName } from "../core/metrics/names";
import { peerTotals } from "../core/metrics/totals";
import type { DictGauges, GatewayGauges, MetricsWorld } from "../core/metrics/world";
import type { Peer } from "../core/pool/peer";
import { VERSION } from "../core/version";
import {
  CONFIG_ERROR_KEY,
  countedName,
  METRIC_REFUSALS_KEY,
  metricKey,
  RELOAD_ERROR_KEY,
  STORE_REFUSALS_KEY,
  totalKey,
} from "./keys";
import { leaderPid } from "./lease";
import { readReason } from "./reason-slot";
import { workerInUse } from "./worker";
import { sharedDict } from "./world";

const DICTS = ["switchboard", "switchboard_sessions"];

function count(key: string): number {
  const [value] = sharedDict().get(key);
  return typeof value === "number" ? value : 0;
}

/** Open sessions of a route over all workers; those of others come within a quarter of a second. */
export function routeActive(this: void, id: string): number {
  return count(totalKey(routeName(id)));
}

/** What was counted of a peer since nginx started. */
export function totalsOf(this: void, peer: Peer): Readonly<Record<string, number>> {
  const name = countedName(peer.totalKey) ?? "";
  return peerTotals((code) => count(metricKey(name, code)));
}

/** The gateway as the worker that was asked knows it. */
export const metricsWorld: MetricsWorld = {
  read: (name, code) => count(metricKey(name, code)),
  active: (name) => count(totalKey(name)),
  pools: () => workerInUse().gateway.allPools(),
  routes: () => {
    const ids: string[] = [];
    workerInUse().follower.eachRoute(({ config }) => ids.push(config.id));
    return ids;
  },
  gauges: () => gauges(),
};

function gauges(): GatewayGauges {
  const dict = sharedDict();
  return {
    version: VERSION,
    generation: workerInUse().follower.generation,
    hasConfigError: readReason(dict, CONFIG_ERROR_KEY) !== "",
    hasReloadError: readReason(dict, RELOAD_ERROR_KEY) !== "",
    hasLeader: leaderPid(dict) > 0,
    workers: workerInUse().processes.living(),
    dicts: dicts(),
    uncounted: count(STORE_REFUSALS_KEY),
    refusals: count(METRIC_REFUSALS_KEY),
  };
}

function dicts(): readonly DictGauges[] {
  const found: DictGauges[] = [];
  for (const name of DICTS) {
    const dict = ngx.shared[name];
    if (dict !== undefined) {
      found.push({ name, capacityBytes: dict.capacity(), freeBytes: dict.free_space() });
    }
  }
  return found;
}
