import type { Fallible } from "../../fallible";
import type { Json } from "../walker";
import type { Change, PruneChange } from "./change";
import { routesIn, upstreamIn } from "./document-parts";
import { mergeDocument, mergeRoutes, mergeUpstream } from "./merge";
import { findPruned } from "./prune";
import { RuntimeState } from "./runtime-state";

const MAX_OVERRIDES = 200_000;

/**
 * The config file's document, and over it what was changed at run time. It changes nothing in place: every change makes
 * another one, so that a change that fails later has changed nothing.
 */
export class Layers {
  constructor(
    readonly file: unknown,
    readonly state: RuntimeState = new RuntimeState(),
  ) {}

  /** Whether another document stands in for the file's. */
  get isFileShadowed(): boolean {
    return this.state.base !== undefined;
  }

  get overrides(): number {
    return this.state.count;
  }

  /** What overrides stand on. */
  get base(): unknown {
    return this.state.base === undefined ? this.file : this.state.base.document;
  }

  apply(change: Change): Fallible<Layers> {
    const state = this.state.with(change);
    if (state.count > MAX_OVERRIDES && state.count > this.state.count) {
      return $multi(undefined, `there are ${this.state.count} run-time changes already`);
    }
    return $multi(new Layers(this.file, state));
  }

  withFile(file: unknown): Layers {
    return new Layers(file, this.state);
  }

  /** The effective document. */
  document(): unknown {
    return mergeDocument(this.base, this.state);
  }

  /** The same of one upstream. */
  upstream(name: string): Json | undefined {
    const upstream = upstreamIn(this.base, name);
    return upstream === undefined ? undefined : mergeUpstream(upstream, this.state.peers.get(name));
  }

  /** The same of the routes; `undefined` if the document has no list of them. */
  routes(): readonly unknown[] | undefined {
    const routes = routesIn(this.base);
    return routes === undefined ? undefined : mergeRoutes(routes, this.state);
  }

  /** What has to go because the base has no longer what it was for. */
  findPruned(): PruneChange | undefined {
    return findPruned(this.state, this.base);
  }
}
