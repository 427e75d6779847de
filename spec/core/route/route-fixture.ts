import type { RouteConfig } from "../../../src/core/config/snapshot";

const DEFAULTS: RouteConfig = {
  id: "",
  hosts: [],
  path: "/*",
  headers: {},
  query: {},
  subprotocols: [],
  priority: 0,
  split: [{ upstream: "chat", weight: 1 }],
  key: "",
  mode: "tunnel",
  isHttpAllowed: true,
  onDrain: "close",
  onCrash: "close",
};

/** A route as validation would make it; what a spec does not name is the default, and its id is its path. */
export function aRoute(fields: Partial<RouteConfig>): RouteConfig {
  const id = fields.id ?? fields.path ?? "/*";
  return { ...DEFAULTS, ...fields, id };
}
