import { refusal } from "../admin/errors";
import type { AdminWorld, GatewayStatus, Outcome, PeerLife, Picked } from "../admin/world";
import type { Fallible } from "../core/fallible";
import type { Peer } from "../core/pool/peer";
import type { Pool } from "../core/pool/pool";
import { newSession } from "../core/session/session";
import { VERSION } from "../core/version";
import { slicer } from "./chore";
import { decodeJson, encodeJson } from "./json";
import { CONFIG_ERROR_KEY, RELOAD_ERROR_KEY, STORE_REFUSALS_KEY } from "./keys";
import { routeActive, totalsOf } from "./metrics-world";
import { readReason } from "./reason-slot";
import { workerInUse } from "./worker";
import { sharedDict } from "./world";

function count(key: string): number {
  const [value] = sharedDict().get(key);
  return typeof value === "number" ? value : 0;
}

function status(): GatewayStatus {
  return {
    version: VERSION,
    generation: workerInUse().follower.generation,
    workers: ngx.worker.count(),
    workerGenerations: [],
    leaderPid: 0,
    configError: readReason(sharedDict(), CONFIG_ERROR_KEY),
    lastReloadError: readReason(sharedDict(), RELOAD_ERROR_KEY),
    stateError: "",
    isFileShadowed: false,
    overrides: 0,
    droppedOverrides: [],
    uncounted: count(STORE_REFUSALS_KEY),
    unlisted: 0,
  };
}

function lifeOf(_pool: Pool, peer: Peer): PeerLife {
  const { weight } = peer;
  return { weight, effectiveWeight: weight, isClosing: false, healthReason: "", totals: totalsOf(peer) };
}

function pick(pool: Pool, _key: string): Fallible<Picked> {
  const session = newSession();
  const peer = pool.pick(session);
  pool.release(session);
  if (peer === undefined) return $multi(undefined, "no backend can take a session now");
  const { type } = pool.config.balancer;
  return $multi({
    peer,
    reason: peer.isBackup ? `${type} among the backups: no other peer can take it` : type,
  });
}

function noLeader(): Outcome {
  return { status: 503, refusal: refusal("no_leader", "no process of the gateway can do this now") };
}

/** The gateway as the worker that was asked knows it, for one call. */
export function adminWorld(): AdminWorld {
  const { gateway, follower } = workerInUse();
  return {
    encode: (value) => encodeJson(value),
    decode: (text) => decodeText(text),
    pause: slicer(),
    status,
    upstreamNames: () => follower.upstreamNames,
    upstream: (name) => gateway.pool(name),
    generationOf: (pool) => follower.generationOf(pool.config.name),
    removedPeers: () => [],
    lifeOf,
    pick,
    routes: () => follower.routes(),
    match: (request) => gateway.match(request),
    activeOfRoute: routeActive,
    sessions: () => $multi({ sessions: [] }),
    close: noLeader,
    events: () => undefined,
    change: noLeader,
    document: noLeader,
  };
}

function decodeText(text: string): Fallible<unknown> {
  const [value, err] = decodeJson(text);
  if (value === undefined) return $multi(undefined, err ?? "not JSON");
  return $multi(value);
}
