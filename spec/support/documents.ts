export interface Document {
  readonly upstreams: Readonly<Record<string, object>>;
  readonly routes: readonly object[];
}

/** A configuration in which every path under `/NAME/` leads to the upstream of that name. */
export function routedByName(upstreams: Readonly<Record<string, object>>): Document {
  const routes = Object.keys(upstreams).map((name) => ({ id: name, path: `/${name}/*`, upstream: name }));
  return { upstreams, routes };
}

/** Picks in the order of the configuration, beginning with the first peer. */
export const IN_ORDER = { type: "round_robin", start: 0 } as const;
