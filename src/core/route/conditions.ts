import type { Condition, RouteConfig } from "../config/snapshot";
import type { RouteRequest } from "./request";

const TAB = 9;
const SPACE = 32;
const COMMA = 44;

/** What a route asks beside host and path, as lists: a worker walks them for every request. */
export interface Conditions {
  readonly count: number;
  readonly headerNames: readonly string[];
  readonly headers: readonly Condition[];
  readonly queryNames: readonly string[];
  readonly query: readonly Condition[];
  readonly subprotocols: readonly string[];
}

/** The more conditions a route has, the more specific it is. The list of subprotocols is one of them. */
export function countConditions(route: RouteConfig): number {
  const listed = route.subprotocols.length > 0 ? 1 : 0;
  return Object.keys(route.headers).length + Object.keys(route.query).length + listed;
}

export function compileConditions(route: RouteConfig): Conditions {
  const headerNames = Object.keys(route.headers);
  const queryNames = Object.keys(route.query);
  return {
    count: countConditions(route),
    headerNames,
    headers: valuesOf(route.headers, headerNames),
    queryNames,
    query: valuesOf(route.query, queryNames),
    subprotocols: route.subprotocols,
  };
}

function valuesOf(conditions: Readonly<Record<string, Condition>>, names: readonly string[]): Condition[] {
  const values: Condition[] = [];
  for (const name of names) values.push(conditions[name]!);
  return values;
}

export function conditionsHold(conditions: Conditions, request: RouteRequest): boolean {
  if (conditions.count === 0) return true;
  const { headerNames, headers, queryNames, query } = conditions;
  for (let index = 0; index < headers.length; index += 1)
    if (!holds(headers[index]!, request.header(headerNames[index]!))) return false;
  for (let index = 0; index < query.length; index += 1)
    if (!holds(query[index]!, request.query(queryNames[index]!))) return false;
  return conditions.subprotocols.length === 0 || offersOne(request.subprotocols(), conditions.subprotocols);
}

function holds(condition: Condition, actual: string | undefined): boolean {
  if (typeof condition === "string") return actual === condition;
  return (actual !== undefined) === condition;
}

function offersOne(offered: string, subprotocols: readonly string[]): boolean {
  if (offered === "") return false;
  for (const subprotocol of subprotocols) if (offers(offered, subprotocol)) return true;
  return false;
}

/** Whether a comma-separated list has the token; tokens differ by case. */
function offers(list: string, token: string): boolean {
  let start = list.indexOf(token);
  while (start >= 0) {
    const end = start + token.length;
    if ((start === 0 || isSeparator(list, start - 1)) && (end === list.length || isSeparator(list, end)))
      return true;
    start = list.indexOf(token, end);
  }
  return false;
}

function isSeparator(list: string, index: number): boolean {
  const code = list.charCodeAt(index);
  return code === COMMA || code === SPACE || code === TAB;
}
