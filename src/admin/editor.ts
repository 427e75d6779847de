import { isSameUpstream } from "../core/config/equality";
import type { Change, PutChange } from "../core/config/layers/change";
import { peerIdOf, peersIn } from "../core/config/layers/document-parts";
import type { ConfigError } from "../core/config/findings";
import { pointerTo } from "../core/config/findings";
import { Layers } from "../core/config/layers/layers";
import type { RuntimeState } from "../core/config/layers/runtime-state";
import { quote } from "../core/config/show";
import type { RouteConfig, Snapshot, UpstreamConfig } from "../core/config/snapshot";
import { validate } from "../core/config/validate";
import { validateUpstream } from "../core/config/validate-part";
import type { Json } from "../core/config/walker";
import { oneLine } from "../core/state/lines";
import type { Applied } from "./applied";
import { readObject } from "./edit-bodies";
import type { PeerEdit, PeerPlace } from "./edit-peer";
import { addPeer, editPeer } from "./edit-peer";
import type { RouteEdit } from "./edit-route";
import { deleteRoute, inBody, putRoute } from "./edit-route";
import type { EditWorld } from "./edit-world";
import { isToBeNamed, withRemoved } from "../core/config/layers/stamp";
import type { Edit } from "./transactions";
import { Transactions } from "./transactions";
import type {
  AddPeerCall,
  DeleteRouteCall,
  Outcome,
  PeerCall,
  PutConfigCall,
  PutRouteCall,
  Refusal,
  WriteCall,
} from "./write-call";
import { invalid, isMatch, refusal } from "./write-call";

export interface FileOutcome {
  /** There if the document was refused. */
  readonly refused?: Refusal;
  readonly warnings: readonly ConfigError[];
}

/**
 * Makes changes in the one process that leads: each is checked, prepared, written to the disk and made current, in this
 * order, or leaves nothing. Calls do not overlap: whoever asks waits for the one before.
 */
export class Editor {
  private readonly transactions: Transactions;
  private readonly applied: Applied;
  private file = "{}";
  /** Why no change can be made yet. */
  private notLoaded = "the run-time changes are not read yet";

  constructor(private readonly world: EditWorld) {
    this.transactions = new Transactions(world);
    this.applied = this.transactions.applied;
  }

  get isLoaded(): boolean {
    return this.applied.generation > 0;
  }

  get layers(): Layers {
    return this.applied.layers;
  }

  /** Of the config file, as it is applied. */
  get fileText(): string {
    return this.file;
  }

  get etag(): string {
    return `"${this.applied.generation}-${this.world.token}"`;
  }

  /** What is in force. */
  get snapshot(): Snapshot {
    const { resolver, routes } = this.applied;
    const upstreams = this.applied.allUpstreams().slice();
    return { resolver, upstreams: upstreams.sort((a, b) => (a.name < b.name ? -1 : 1)), routes };
  }

  /** Begins with what the file and the state file say. A file that does not fit together with the state is refused. */
  load(file: unknown, text: string, state: RuntimeState): FileOutcome {
    this.applied.layers = new Layers(file, state);
    this.applied.generation = 0;
    this.file = text;
    const outcome = this.fileChanged(file, text);
    if (outcome.refused !== undefined) this.notLoaded = outcome.refused.message;
    return outcome;
  }

  /** Takes another document of the config file; what was changed at run time for something that is gone is dropped. */
  fileChanged(file: unknown, text: string): FileOutcome {
    const { layers } = this.applied;
    let next = layers.withFile(file);
    if (layers.isFileShadowed) {
      // It is what a reset goes back to, and has to be right for that.
      const { errors, warnings } = validate(file, this.world.registry, this.world.pause);
      if (errors.length > 0) return { refused: invalid(errors), warnings: [] };
      if (this.isLoaded) return this.useFile(this.transactions.shadowedFile(next, text), text, warnings);
    }
    const pruned = next.findPruned();
    if (pruned !== undefined) {
      const [after, reason] = next.apply(pruned);
      if (after === undefined) return { refused: refusal(422, "invalid_config", reason), warnings: [] };
      next = after;
    }
    const { edit, refused, warnings } = this.transactions.whole(next, pruned, text);
    if (edit === undefined) return { refused, warnings };
    return this.useFile(edit, text, warnings);
  }

  private useFile(edit: Edit, text: string, warnings: readonly ConfigError[]): FileOutcome {
    const failure = this.transactions.run(edit);
    if (failure !== undefined) return { refused: failure, warnings: [] };
    this.file = text;
    return { warnings };
  }

  execute(call: WriteCall): Outcome {
    // Dropping what was changed at run time is the way out where it does not go together with the file.
    if (!this.isLoaded && call.kind !== "reset")
      return this.refuse(refusal(503, "state_not_writable", this.notLoaded));
    const { ifMatch } = call;
    const isDryRun = call.kind === "put_config" && call.isDryRun;
    if (ifMatch !== undefined && !isMatch(ifMatch, this.etag)) {
      return this.refuse(
        refusal(412, "precondition_failed", `the configuration is ${this.etag} meanwhile; read it again`),
      );
    }
    if (call.kind === "put_config" && ifMatch === undefined && !isDryRun) {
      return this.refuse(refusal(428, "precondition_required", "say with If-Match what you have seen"));
    }
    switch (call.kind) {
      case "put_config":
        return this.putConfig(call);
      case "reset":
        return this.reset();
      case "add_peer":
        return this.addPeer(call);
      case "put_route":
        return this.putRoute(call);
      case "delete_route":
        return this.deleteRoute(call);
      default:
        return this.editPeer(call);
    }
  }

  /** Publishes without the removed peers whose last session has ended. */
  dropEmptied(): Refusal | undefined {
    const emptied: UpstreamConfig[] = [];
    const nowS = this.world.clock.now();
    for (const config of this.applied.allUpstreams()) {
      const { name, removed } = config;
      const open = (key: string): number => this.world.open(name, key);
      if (removed?.some((peer) => !isToBeNamed(peer, { nowS, open })) === true) {
        emptied.push(this.transactions.stamp(config, this.applied.layers, "keep"));
      }
    }
    if (emptied.length === 0) return undefined;
    return this.transactions.run(this.transactions.upstreams(this.applied.layers, emptied, undefined));
  }

  private putConfig(call: PutConfigCall): Outcome {
    const text = oneLine(call.body);
    const [document, err] = this.world.decode(text);
    if (document === undefined) return this.refuse(refusal(400, "bad_json", `the body is not JSON: ${err}`));
    const change: PutChange = { kind: "put", document, text };
    const [next, reason] = this.applied.layers.apply(change);
    if (next === undefined) return this.refuse(refusal(422, "invalid_config", reason));
    const { edit, refused, warnings } = this.transactions.whole(next, change);
    if (edit === undefined) return this.refuse(refused);
    if (call.isDryRun) return this.done({ warnings, isDryRun: true });
    return this.finish(edit, { warnings });
  }

  private reset(): Outcome {
    const { layers } = this.applied;
    if (!layers.isFileShadowed && layers.overrides === 0) return this.done({});
    const change: Change = { kind: "reset" };
    const [next, reason] = layers.apply(change);
    if (next === undefined) return this.refuse(refusal(422, "invalid_config", reason));
    const { edit, refused } = this.transactions.whole(next, change);
    return edit === undefined ? this.refuse(refused) : this.finish(edit, {});
  }

  private addPeer(call: AddPeerCall): Outcome {
    const [place, notFound] = this.placeOf(call.upstream);
    if (place === undefined) return this.refuse(notFound);
    const [body, bad] = readObject(call.body, this.world.decode);
    if (body === undefined) return this.refuse(bad);
    const id = peerIdOf(body) ?? "";
    const [edit, refused] = addPeer(place, body, id);
    if (edit === undefined) return this.refuse(refused);
    return this.finishPeer(place, edit, 201);
  }

  private editPeer(call: PeerCall): Outcome {
    const [place, notFound] = this.placeOf(call.upstream);
    if (place === undefined) return this.refuse(notFound);
    const [body, bad] = readObject(call.body, this.world.decode);
    if (body === undefined) return this.refuse(bad);
    const [edit, refused] = editPeer(place, call, body);
    if (edit === undefined) return this.refuse(refused);
    return this.finishPeer(place, edit, 200, call.kind === "remove_peer");
  }

  private placeOf(
    upstream: string,
  ): LuaMultiReturn<[place: PeerPlace] | [place: undefined, refused: Refusal]> {
    const config = this.applied.upstream(upstream);
    if (config === undefined) {
      return $multi(undefined, refusal(404, "no_such_upstream", `there is no upstream ${quote(upstream)}`));
    }
    return $multi({ layers: this.applied.layers, config, nowS: this.world.clock.now() });
  }

  private finishPeer(
    place: PeerPlace,
    { change, removal }: PeerEdit,
    status: number,
    isRemoved = false,
  ): Outcome {
    const { upstream, peer } = change;
    const [next, reason] = place.layers.apply(change);
    if (next === undefined) return this.refuse(refusal(422, "invalid_config", reason));
    const document = next.upstream(upstream);
    const others = this.applied.peersBeside(upstream);
    const { config, errors } = validateUpstream(
      upstream,
      document,
      others,
      this.world.registry,
      this.world.pause,
    );
    if (config === undefined) {
      const index = peersIn(document)?.findIndex(
        (item) => peerIdOf(item) === peer || item === change.override?.fields,
      );
      return this.refuse(invalid(inBody(errors, pointerTo(["upstreams", upstream, "peers", index ?? -1]))));
    }
    const stamped = this.transactions.stamp(config, next, removal);
    const shown = (isRemoved ? place.config : stamped).peers.find(({ id }) => id === peer);
    const named = shown === undefined ? {} : { peer: { upstream, config: shown, isRemoved } };
    const { removed } = place.config;
    if (isSameUpstream(withRemoved(stamped, removed), place.config, () => this.world.pause()))
      return this.done(named, status);
    return this.finish(this.transactions.upstreams(next, [stamped], change), named, status);
  }

  private putRoute({ route, body: text }: PutRouteCall): Outcome {
    const [body, bad] = readObject(text, this.world.decode);
    if (body === undefined) return this.refuse(bad);
    if (body["id"] !== undefined && body["id"] !== route) {
      return this.refuse(invalid([{ pointer: "/id", message: `expected ${quote(route)}, as in the path` }]));
    }
    const config: Json = { ...body, id: route };
    const [edit, refused] = putRoute(this.applied, route, config, this.world.registry, this.world.pause);
    return edit === undefined
      ? this.refuse(refused)
      : this.finishRoute(
          edit,
          edit.routes.find(({ id }) => id === route),
        );
  }

  private deleteRoute({ route }: DeleteRouteCall): Outcome {
    const before = this.applied.routes.find(({ id }) => id === route);
    const [edit, refused] = deleteRoute(this.applied, route);
    return edit === undefined ? this.refuse(refused) : this.finishRoute(edit, before);
  }

  private finishRoute(
    { layers, routes, change, isSame }: RouteEdit,
    route: RouteConfig | undefined,
  ): Outcome {
    if (isSame) return this.done({ route });
    return this.finish(this.transactions.routes(layers, routes, change), { route });
  }

  private finish(edit: Edit, fields: Partial<Outcome>, status = 200): Outcome {
    const failure = this.transactions.run(edit);
    return failure === undefined ? this.done(fields, status) : this.refuse(failure);
  }

  private done(fields: Partial<Outcome>, status = 200): Outcome {
    return { ...fields, status, generation: this.applied.generation, etag: this.etag };
  }

  private refuse(refused: Refusal): Outcome {
    return { ...refused, generation: this.applied.generation, etag: this.etag };
  }
}
