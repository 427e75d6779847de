import { printable } from "../core/config/show";
import type { Fallible } from "../core/fallible";
import type { CompiledRoute } from "../core/gateway/compiled-route";
import { normaliseHost, normalisePath } from "../core/route/path";
import { isParameter, segmentAt, segmentsOf } from "../core/route/path-pattern";
import type { RouteRequest } from "../core/route/request";
import { renderRewrite } from "../core/route/rewrite";
import { answerRefusal, answerText, type AdminAnswer } from "./answer";
import { refusal } from "./errors";
import { listText, withField } from "./json-text";
import { showRoute } from "./routes";
import type { AdminWorld } from "./world";

type Query = Readonly<Record<string, string>>;

const MAX_SHOWN = 80;

/** Which route a request would take; `path` may have a query, and `header.NAME` is a header of the request. */
export function showMatch(query: Query, world: AdminWorld): AdminAnswer {
  const target = query["path"];
  if (target === undefined) return answerRefusal(refusal("bad_request", "which path?"), world);
  const [path, fault] = normalisePath(target);
  if (path === undefined) return answerRefusal(refusal("bad_request", `the path ${fault}`), world);
  const request = requestOf(query, target, path);
  const route = world.match(request);
  if (route === undefined) {
    const place = printable(`${request.host}${path}`, MAX_SHOWN);
    return answerRefusal(refusal("no_route", `no route matches ${place}`), world);
  }
  const [sent, reason] = sentPath(route, target, path);
  if (sent === undefined) {
    const message = `route "${route.config.id}" cannot rewrite it: ${reason}`;
    return answerRefusal(refusal("no_route", message), world);
  }
  const upstreams = route.config.split.map(({ upstream, weight }) => world.encode({ upstream, weight }));
  const text = world.encode({ params: paramsOf(route.config.path, path), path: sent });
  const withUpstreams = withField(text, "upstreams", listText(upstreams));
  return answerText(200, withField(withUpstreams, "route", showRoute(route.config, world)));
}

function requestOf(query: Query, target: string, path: string): RouteRequest {
  return {
    host: normaliseHost(query["host"] ?? ""),
    path,
    header: (name) => headerIn(query, name),
    query: (name) => argumentIn(queryOf(target), name),
    subprotocols: () => query["subprotocol"] ?? "",
  };
}

function headerIn(query: Query, name: string): string | undefined {
  for (const parameter of Object.keys(query))
    if (parameter.toLowerCase() === `header.${name}`) return query[parameter];
  return undefined;
}

/** As nginx's `$arg_name`: the first of the name in any case, as it was sent. */
function argumentIn(query: string, name: string): string | undefined {
  for (const part of query.split("&")) {
    const equals = part.indexOf("=");
    if (equals > 0 && part.substring(0, equals).toLowerCase() === name) return part.substring(equals + 1);
  }
  return undefined;
}

function queryOf(target: string): string {
  const mark = target.indexOf("?");
  if (mark < 0) return "";
  const query = target.substring(mark + 1);
  const fragment = query.indexOf("#");
  return fragment < 0 ? query : query.substring(0, fragment);
}

/** What the peer is asked for: as it came, or rewritten, which nginx escapes again; its query stays. */
function sentPath({ rewrite }: CompiledRoute, target: string, path: string): Fallible<string> {
  if (rewrite === undefined) return $multi(target);
  const [rendered, err] = renderRewrite(rewrite, path);
  if (rendered === undefined) return $multi(undefined, err);
  const query = queryOf(target);
  return $multi(query === "" ? rendered : `${rendered}?${query}`);
}

function paramsOf(pattern: string, path: string): Record<string, string> {
  const params: Record<string, string> = {};
  const segments = segmentsOf(pattern);
  for (let index = 0; index < segments.length; index += 1) {
    const segment = segments[index]!;
    if (isParameter(segment)) params[segment.substring(1, segment.length - 1)] = segmentAt(path, index);
  }
  return params;
}
