export interface LargeDocument {
  readonly upstreams: Record<string, { readonly peers: { id: string; address: string; weight: number }[] }>;
  readonly routes: readonly object[];
}

/** Peers with addresses that nobody listens on, spread evenly over upstreams, each with a route. */
export function largeDocument(peers: number, upstreams: number): LargeDocument {
  const document: LargeDocument = { upstreams: {}, routes: [] };
  const routes: object[] = [];
  for (let upstream = 0; upstream < upstreams; upstream += 1) {
    const name = `upstream-${upstream}`;
    document.upstreams[name] = { peers: [] };
    routes.push({ id: `route-${upstream}`, path: `/${name}/*`, upstream: name });
  }
  for (let peer = 0; peer < peers; peer += 1) {
    const list = document.upstreams[`upstream-${peer % upstreams}`]!.peers;
    list.push({
      id: `peer-${peer}`,
      address: `10.${peer >> 16}.${(peer >> 8) & 255}.${peer & 255}:8010`,
      weight: 1,
    });
  }
  return { ...document, routes };
}
