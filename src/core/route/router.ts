import type { Candidate, Routed } from "./candidate";
import { newCandidate } from "./candidate";
import { Branches, PathTree } from "./path-tree";
import type { RouteRequest } from "./request";

/**
 * Finds the route of a request: an exact host before the longest wildcard before any host, and under each host the
 * most specific path and conditions. It is built by adding routes one by one, so that the work can be spread; which
 * order they come in makes no difference. One search runs at a time, and it allocates nothing but the segments and the
 * parts of the host that it looks up.
 */
export class Router<R extends Routed = Routed> {
  private readonly branches = new Branches<R>();
  private readonly byHost = new LuaMap<string, PathTree<R>>();
  /** By what follows the `*`: `*.example.com` is under `.example.com`. */
  private readonly bySuffix = new LuaMap<string, PathTree<R>>();
  private longestSuffix = 0;
  private readonly anyHost = new PathTree<R>(this.branches);

  add(route: R): void {
    const candidate = newCandidate(route);
    const { hosts, path } = route.config;
    if (hosts.length === 0) this.anyHost.add(path, candidate);
    for (const host of hosts) this.addToHost(host, path, candidate);
  }

  private addToHost(host: string, path: string, candidate: Candidate<R>): void {
    if (!host.startsWith("*.")) {
      this.treeIn(this.byHost, host).add(path, candidate);
      return;
    }
    const suffix = host.substring(1);
    this.longestSuffix = Math.max(this.longestSuffix, suffix.length);
    this.treeIn(this.bySuffix, suffix).add(path, candidate);
  }

  private treeIn(trees: LuaMap<string, PathTree<R>>, host: string): PathTree<R> {
    let tree = trees.get(host);
    if (tree === undefined) {
      tree = new PathTree(this.branches);
      trees.set(host, tree);
    }
    return tree;
  }

  /** The most specific route whose conditions hold; a less specific host is tried when none does. */
  match(request: RouteRequest): R | undefined {
    if (!request.path.startsWith("/")) return undefined;
    const exact = this.byHost.get(request.host);
    if (exact !== undefined) {
      const route = exact.match(request);
      if (route !== undefined) return route;
    }
    return this.matchSuffix(request) ?? this.anyHost.match(request);
  }

  /** Tries the longest suffix first; what is longer than any configured is not even cut out. */
  private matchSuffix(request: RouteRequest): R | undefined {
    if (this.longestSuffix === 0) return undefined;
    const host = request.host;
    let dot = host.indexOf(".", Math.max(1, host.length - this.longestSuffix));
    while (dot >= 0) {
      const tree = this.bySuffix.get(host.substring(dot));
      const route = tree === undefined ? undefined : tree.match(request);
      if (route !== undefined) return route;
      dot = host.indexOf(".", dot + 1);
    }
    return undefined;
  }
}
