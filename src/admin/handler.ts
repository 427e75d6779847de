import { printable } from "../core/config/show";
import { encodePercent } from "../core/route/percent";
import { answerRefusal, headOf, type AdminAnswer } from "./answer";
import { answerOutcome, readCall } from "./changes";
import { findCloseFault } from "./close-words";
import { refusal } from "./errors";
import { findOperation, findQueryFault, type Names, type Operation } from "./operations";
import { rebalance } from "./rebalance";
import type { AdminRequest } from "./request";
import { showMatch } from "./route-match";
import { showRoutes } from "./routes";
import { findFilterFault, showSessions } from "./sessions";
import { showStatus } from "./status";
import { parseTarget } from "./target";
import { showPick, showUpstream, showUpstreams } from "./upstreams";
import type { AdminWorld, ConfigLayer, Outcome } from "./world";

type Query = Readonly<Record<string, string>>;

const MAX_SHOWN = 200;

/** Answers a call of the admin API, whatever it is: nothing that a client sends makes it fail. */
export function handle(request: AdminRequest, world: AdminWorld): AdminAnswer {
  const answer = find(request, world);
  return request.method === "HEAD" ? headOf(answer) : answer;
}

function find(request: AdminRequest, world: AdminWorld): AdminAnswer {
  const [target, err] = parseTarget(request.target);
  if (target === undefined) return answerRefusal(refusal("bad_request", err), world);
  const { segments, query } = target;
  const [operation, names, allow] = findOperation(request.method, segments);
  if (operation === undefined) {
    const place = printable(`/${segments.join("/")}`, MAX_SHOWN);
    if (allow === "") return answerRefusal(refusal("not_found", `there is nothing at ${place}`), world);
    const message = `${place} takes ${allow}`;
    return answerRefusal(refusal("method_not_allowed", message), world, { Allow: allow });
  }
  const fault = findQueryFault(operation, query);
  if (fault !== undefined) return answerRefusal(refusal("bad_request", fault), world);
  return perform(operation, names, query, request, world);
}

function perform(
  operation: Operation,
  names: Names,
  query: Query,
  request: AdminRequest,
  world: AdminWorld,
): AdminAnswer {
  switch (operation.name) {
    case "getStatus":
      return showStatus(world);
    case "getConfig":
      return answerOutcome(world.document((query["layer"] ?? "effective") as ConfigLayer), world);
    case "listUpstreams":
      return showUpstreams(world);
    case "getUpstream":
      return showUpstream(names["upstream"]!, world);
    case "pickPeer":
      return showPick(names["upstream"]!, query["key"] ?? "", world);
    case "listRoutes":
      return showRoutes(world);
    case "matchRoute":
      return showMatch(query, world);
    case "listSessions":
      return showSessions(query, world);
    case "streamEvents":
      return world.events(query, request.lastEventId);
    case "getSession":
      return answerOutcome(world.session(names["session"]!), world);
    case "closeSession":
      return findCloseFault(query, world) ?? change(operation, names, query, request, world);
    case "closeSessions":
      return (
        findFilterFault(query, world) ??
        findCloseFault(query, world) ??
        change(operation, names, query, request, world)
      );
    default:
      return change(operation, names, query, request, world);
  }
}

function change(
  operation: Operation,
  names: Names,
  query: Query,
  request: AdminRequest,
  world: AdminWorld,
): AdminAnswer {
  const [call, refused] = readCall(operation, names, query, request, world);
  if (call === undefined) return refused;
  if (call.operation === "rebalanceUpstream") return rebalance(names["upstream"]!, call.body, world);
  const outcome = operation.where === "leader" ? world.change(call) : world.close(call);
  return answerOutcome(outcome, world, locationOf(operation, outcome));
}

/** Where a new peer is found. */
function locationOf({ name }: Operation, { peer }: Outcome): Query {
  if (name !== "addPeer" || peer === undefined) return {};
  const place = `/v1/upstreams/${encodePercent(peer.upstream)}/peers/${encodePercent(peer.config.id)}`;
  return { Location: place };
}
