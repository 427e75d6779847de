import { refusal } from "../admin/errors";
import { decodeAnswer, encodeCall, type LeaderCall } from "../admin/leader-calls";
import { closeWordsOf } from "../admin/close-words";
import { filterOf } from "../admin/sessions";
import { workerGenerations } from "../admin/worker-generations";
import type {
  AdminWorld,
  Call,
  GatewayStatus,
  Outcome,
  PeerLife,
  Rebalanced,
  RebalanceWish,
} from "../admin/world";
import type { Fallible } from "../core/fallible";
import { removedPeers } from "../core/pool/leaving";
import { isClosing } from "../core/pool/peer";
import type { Peer } from "../core/pool/peer";
import type { Pool } from "../core/pool/pool";
import type { CloseWords } from "../core/session/close-order";
import { VERSION } from "../core/version";
import { slicer } from "./chore";
import { eventStream } from "./event-stream";
import { events } from "./events";
import { decodeJson, decodeText, encodeJson } from "./json";
import { readText } from "./kept-text";
import { CONFIG_ERROR_KEY, LAYERS_KEY, RELOAD_ERROR_KEY, STATE_ERROR_KEY, STORE_REFUSALS_KEY } from "./keys";
import { leaderPid } from "./lease";
import { Mailbox, NOT_ANSWERED, NOT_TAKEN } from "./mailbox";
import { routeActive, totalsOf } from "./metrics-world";
import { readReason } from "./reason-slot";
import {
  closeSession,
  closeSessions,
  closeSessionsPaced,
  countUnlisted,
  listSessions,
} from "./session-calls";

import { workerInUse } from "./worker";
import { clock, sharedDict } from "./world";

/** How long a change is waited for until every worker has it. */
const ACKNOWLEDGEMENT_S = 0.5;
const ACCEPTED = 202;

function count(key: string): number {
  const [value] = sharedDict().get(key);
  return typeof value === "number" ? value : 0;
}

function status(): GatewayStatus {
  const dict = sharedDict();
  const { follower, processes } = workerInUse();
  const [layers] = decodeJson(readText(dict, LAYERS_KEY) ?? "{}");
  const { file_shadowed, overrides, dropped_overrides } = layers as {
    readonly file_shadowed?: boolean;
    readonly overrides?: number;
    readonly dropped_overrides?: readonly string[];
  };
  return {
    version: VERSION,
    generation: follower.generation,
    workers: ngx.worker.count(),
    workerGenerations: workerGenerations(processes.living()),
    leaderPid: leaderPid(dict),
    configError: readReason(dict, CONFIG_ERROR_KEY),
    lastReloadError: readReason(dict, RELOAD_ERROR_KEY),
    stateError: readReason(dict, STATE_ERROR_KEY),
    isFileShadowed: file_shadowed === true,
    overrides: overrides ?? 0,
    droppedOverrides: dropped_overrides ?? [],
    uncounted: count(STORE_REFUSALS_KEY),
    unlisted: countUnlisted(),
  };
}

function lifeOf(pool: Pool, peer: Peer): PeerLife {
  pool.reweigh();
  return {
    weight: peer.configuredWeight,
    effectiveWeight: peer.weight,
    isClosing: isClosing(peer, clock.now()),
    totals: totalsOf(peer),
  };
}

/** Has the leader do it, and waits until every worker has come to what it did. */
function change(call: Call): Outcome {
  const [answer, failure] = askLeader(call);
  if (answer === undefined) return failure;
  if (answer.generation === 0) return answer;
  const isEverywhere = workerInUse().processes.whenApplied(answer.generation, ACKNOWLEDGEMENT_S);
  return isEverywhere ? answer : { ...answer, status: ACCEPTED };
}

function askLeader(
  call: LeaderCall,
): LuaMultiReturn<
  [answer: NonNullable<ReturnType<typeof decodeAnswer>>] | [answer: undefined, failure: Outcome]
> {
  const [text, err] = new Mailbox(sharedDict()).ask(encodeCall(call, encodeJson));
  const answer = text === undefined ? undefined : decodeAnswer(text, decodeText);
  if (answer !== undefined) return $multi(answer);
  const isLeaderless = err === undefined || err === NOT_TAKEN || err === NOT_ANSWERED;
  const code = isLeaderless ? "no_leader" : "store_full";
  const message =
    err === NOT_ANSWERED ? `${err}: the change may have been made or not; read the configuration` : err;
  return $multi(undefined, { status: 503, refusal: refusal(code, message ?? NOT_TAKEN) });
}

/** Closes sessions in whatever workers they are. */
function close(call: Call): Outcome {
  const { names, query } = call;
  const id = names["session"];
  const words = closeWordsOf(query);
  if (id !== undefined) return closeOne(id, words);
  const rate = query["rate"];
  const filter = filterOf(query);
  if (rate !== undefined) {
    const [closing, err] = closeSessionsPaced(filter, tonumber(rate) ?? 1, words);
    if (closing === undefined) return full(err);
    events.tell("session", { ...filter, closing: closing.closing, rate: closing.rate });
    return { status: ACCEPTED, body: encodeJson(closing) };
  }
  const [closed, err] = closeSessions(filter, words);
  if (closed === undefined) return full(err);
  events.tell("session", { ...filter, closed: closed.closed });
  return { status: 200, body: encodeJson(closed) };
}

/** Moves sessions in whatever workers they are. */
function rebalance(pool: Pool, wish: RebalanceWish): Fallible<Rebalanced> {
  const [done, err] = workerInUse().rebalancer.begin(pool, wish);
  if (done === undefined) return $multi(undefined, err);
  const { count } = done.plan;
  if (!wish.isDryRun && count > 0)
    events.tell("session", { upstream: pool.config.name, moving: count, rate: wish.rate });
  return $multi(done);
}

function closeOne(id: string, words: CloseWords): Outcome {
  const [closed, err] = closeSession(id, words);
  if (closed === undefined) return full(err);
  if (closed.closed === 0) {
    const { unanswered } = closed;
    const late =
      unanswered === 0 ? "" : `; ${unanswered} workers have not answered and close it if it is theirs`;
    return { status: 404, refusal: refusal("no_such_session", `no open session has this id${late}`) };
  }
  events.tell("session", { id, closed: closed.closed });
  return { status: 200, body: encodeJson(closed) };
}

function show(id: string): Outcome {
  const [body, failure] = workerInUse().sessionViewer.view(id);
  if (body !== undefined) return { status: 200, body };
  if (failure === "no_room") return full(undefined);
  const late = failure === "unanswered" ? "; its worker has not answered" : "";
  return { status: 404, refusal: refusal("no_such_session", `no open session has this id${late}`) };
}

function full(reason: string | undefined): Outcome {
  return {
    status: 503,
    refusal: refusal("store_full", reason ?? "the shared dict has no room for the command"),
  };
}

/** Sorted once for each generation: it is all that cannot be done in pieces. */
let names: readonly string[] = [];
let namesGeneration = -1;

function sortedNames(this: void): readonly string[] {
  const { follower } = workerInUse();
  if (namesGeneration !== follower.generation) {
    names = follower.appliedNames().sort();
    namesGeneration = follower.generation;
  }
  return names;
}

/** The gateway as the worker that was asked knows it, for one call. */
export function adminWorld(): AdminWorld {
  const { gateway, follower } = workerInUse();
  const world: AdminWorld = {
    encode: (value) => encodeJson(value),
    decode: decodeText,
    pause: slicer(),
    status,
    upstreamNames: sortedNames,
    upstream: (name) => gateway.pool(name),
    generationOf: (pool) => follower.generationOf(pool.config.name),
    removedPeers,
    lifeOf,
    pick: (pool, key) => pool.preview(key),
    rebalance: (pool, wish) => rebalance(pool, wish),
    rebalancing: (pool) => workerInUse().rebalancer.progress(pool.config.name),
    routes: () => follower.routes(),
    match: (request) => gateway.match(request),
    activeOfRoute: routeActive,
    sessions: (filter, limit, after) => listSessions(filter, limit, after === "" ? undefined : after),
    session: show,
    close,
    events: (query, lastEventId) => eventStream(query, lastEventId, world),
    change,
    document: (layer) => {
      const [answer, failure] = askLeader({ layer });
      return answer ?? failure!;
    },
  };
  return world;
}
