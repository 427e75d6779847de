import type { RouteConfig } from "../config/snapshot";

/** The more conditions a route has, the more specific it is. The list of subprotocols is one of them. */
export function countConditions(route: RouteConfig): number {
  let count = route.subprotocols.length > 0 ? 1 : 0;
  count += Object.keys(route.headers).length;
  count += Object.keys(route.query).length;
  return count;
}
