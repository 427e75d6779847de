import type { ConfigError } from "../core/config/findings";
import type { Change } from "../core/config/layers/change";
import type { Layers } from "../core/config/layers/layers";
import type { RemovalPolicy } from "../core/config/layers/stamp";
import { stampUpstream } from "../core/config/layers/stamp";
import type { Publishable } from "../core/config/publisher";
import type { RouteConfig, Snapshot, UpstreamConfig } from "../core/config/snapshot";
import { validate } from "../core/config/validate";
import { Applied } from "./applied";
import type { EditWorld } from "./edit-world";
import type { Refusal } from "./write-call";
import { invalid, refusal } from "./write-call";

/** A change, ready to be made durable and published. */
export interface Edit {
  /** Absent: nothing is to be kept. */
  readonly change?: Change;
  readonly layers: Layers;
  readonly what: Publishable;
  /** Takes over what is in force then. */
  use(this: void): void;
}

export interface WholeEdit {
  readonly edit?: Edit;
  /** There if it is not. */
  readonly refused: Refusal;
  readonly warnings: readonly ConfigError[];
}

const NO_REFUSAL = refusal(200, "", "");

/** What is in force, and the steps from there to something else: all of them or none. */
export class Transactions {
  readonly applied = new Applied();

  constructor(private readonly world: EditWorld) {}

  /** Everything there is in the layers. @param documentText of the config file, if it is another one */
  whole(layers: Layers, change?: Change, documentText?: string): WholeEdit {
    const { snapshot, errors, warnings } = validate(layers.document(), this.world.registry, this.world.pause);
    if (snapshot === undefined) return { refused: invalid(errors), warnings: [] };
    const upstreams = snapshot.upstreams.map((config) => this.stamp(config, layers, "keep"));
    const { resolver, routes } = snapshot;
    const stamped: Snapshot = { resolver, upstreams, routes };
    const stateSeq = this.seqFor(change);
    const edit: Edit = {
      change,
      layers,
      what: { isWhole: true, resolver, upstreams, routes, documentText, stateSeq },
      use: () => this.useSnapshot(stamped),
    };
    return { edit, refused: NO_REFUSAL, warnings };
  }

  /** Some upstreams, stamped. */
  upstreams(layers: Layers, upstreams: readonly UpstreamConfig[], change?: Change): Edit {
    return {
      change,
      layers,
      what: { isWhole: false, upstreams, stateSeq: this.seqFor(change) },
      use: () => {
        for (const upstream of upstreams) this.useUpstream(upstream);
      },
    };
  }

  routes(layers: Layers, routes: readonly RouteConfig[], change?: Change): Edit {
    return {
      change,
      layers,
      what: { isWhole: false, upstreams: [], routes, stateSeq: this.seqFor(change) },
      use: () => {
        this.applied.routes = routes;
      },
    };
  }

  /** Nothing but another text of a config file that another document stands in for. */
  shadowedFile(layers: Layers, documentText: string): Edit {
    return {
      layers,
      what: { isWhole: false, upstreams: [], documentText, stateSeq: this.seqFor(undefined) },
      use: () => undefined,
    };
  }

  stamp(config: UpstreamConfig, layers: Layers, removal: RemovalPolicy): UpstreamConfig {
    const { name } = config;
    const { state } = layers;
    const before = this.applied.upstream(name) ?? this.world.published(name);
    this.world.pause();
    return stampUpstream(config, {
      nowS: this.world.clock.now(),
      removal,
      before,
      live: (peers) => (before === undefined ? [] : this.world.live({ ...before, peers })),
      drainOf: (peer) => state.peer(name, peer)?.drain,
      open: (key) => this.world.open(name, key),
      pause: () => this.world.pause(),
    });
  }

  /** @returns why nothing has changed */
  run(edit: Edit): Refusal | undefined {
    const { publisher, stateLog } = this.world;
    const what = { ...edit.what, basedOn: this.applied.generation };
    const [prepared, prepareErr] = publisher.prepare(what, () => this.world.pause());
    if (prepared === undefined) return refusal(503, "store_full", prepareErr);
    if (edit.change !== undefined) {
      const err = stateLog.append(edit.change, edit.layers.state);
      if (err !== undefined) {
        prepared.abort();
        return refusal(503, "state_not_writable", err);
      }
    }
    const [isCommitted, commitErr] = prepared.commit();
    if (isCommitted === undefined) {
      prepared.abort();
      const undoErr = edit.change === undefined ? undefined : stateLog.undoLast();
      return refusal(503, "store_full", undoErr === undefined ? commitErr : `${commitErr}; ${undoErr}`);
    }
    this.applied.layers = edit.layers;
    this.applied.generation = prepared.generation;
    edit.use();
    return undefined;
  }

  private useSnapshot(snapshot: Snapshot): void {
    const before = this.applied.allUpstreams();
    const isFirst = before.length === 0;
    const known = new LuaMap<string, UpstreamConfig>();
    for (const upstream of before) known.set(upstream.name, upstream);
    this.applied.useSnapshot(snapshot);
    if (isFirst) return;
    for (const upstream of snapshot.upstreams) {
      this.world.changed(known.get(upstream.name), upstream);
      known.delete(upstream.name);
      this.world.pause();
    }
    for (const [, upstream] of known) this.world.changed(upstream, undefined);
  }

  private useUpstream(upstream: UpstreamConfig): void {
    const before = this.applied.upstream(upstream.name);
    this.applied.useUpstream(upstream);
    this.world.changed(before, upstream);
  }

  private seqFor(change: Change | undefined): number {
    const { stateLog } = this.world;
    return change === undefined ? stateLog.lastSeq : stateLog.nextSeq;
  }
}
