import type { BalancerRegistry } from "../../core/balance/registry";
import type { PeerConfig, UpstreamConfig } from "../../core/config/snapshot";
import { validate } from "../../core/config/validate";
import type { ScenarioError } from "./errors";
import type { Json } from "./scenario";

const NAME = "simulated";
const OWN_POINTER = `/upstreams/${NAME}`;

/**
 * The upstream's part of a configuration document while events change it. Each time, the product's own validator reads
 * it; what it finds is said of the place in the scenario that the field came from.
 */
export class UpstreamDraft {
  /** Of every peer that was there at some time. */
  readonly peerIds: string[] = [];
  private fields: Record<string, unknown> = {};
  private peers: Json[] = [];
  /** Where a field was set last. */
  private readonly places = new Map<string, string>();
  private pointer = "";
  private readonly readySinceS = new Map<string, number>();

  constructor(
    private readonly registry: BalancerRegistry,
    private readonly errors: ScenarioError[],
    /** The peers are a list in the scenario too. */
    private readonly arePeersListed: boolean,
  ) {}

  /** The event that changes come from now. */
  enter(pointer: string): void {
    this.pointer = pointer;
  }

  merge(place: string, fields: Json): void {
    for (const [name, value] of Object.entries(fields)) {
      this.places.set(name, `${place}${place.endsWith("upstream") ? `/${name}` : ""}`);
      if (name === "peers") this.addPeers(value as readonly Json[]);
      else this.fields[name] = value;
    }
  }

  join(peers: readonly Json[], nowS: number): UpstreamConfig | undefined {
    this.places.set("peers", `${this.pointer}/peers`);
    this.addPeers(peers);
    for (const peer of peers) this.readySinceS.set(idOf(peer), nowS);
    return this.read();
  }

  remove(ids: readonly string[]): UpstreamConfig | undefined {
    this.known(ids);
    this.peers = this.peers.filter((peer) => !ids.includes(idOf(peer)));
    return this.read();
  }

  /** @param readyS since when the peers take sessions, where the change makes them do so */
  change(ids: readonly string[], fields: Json, readyS: number | undefined): UpstreamConfig | undefined {
    this.known(ids);
    this.places.set("peers", this.pointer);
    this.peers = this.peers.map((peer) => (ids.includes(idOf(peer)) ? { ...peer, ...fields } : peer));
    if (readyS !== undefined) for (const id of ids) this.readySinceS.set(id, readyS);
    return this.read();
  }

  /** Reports those that are not there now. */
  known(ids: readonly string[]): readonly string[] {
    const current = this.currentIds();
    ids.forEach((id, index) => {
      if (!current.includes(id))
        this.report(`${this.pointer}/peers/${index}`, `there is no peer "${id}" then`);
    });
    return ids;
  }

  currentIds(): readonly string[] {
    return this.peers.map(idOf);
  }

  read(): UpstreamConfig | undefined {
    const upstream = { ...this.fields, peers: this.peers };
    // A balancer by key asks for a route that has one.
    const routes = [{ id: NAME, path: "/{key}", upstream: NAME, key: "{key}" }];
    const { snapshot, errors } = validate({ upstreams: { [NAME]: upstream }, routes }, this.registry);
    for (const { pointer, message } of errors) this.report(this.placeOf(pointer), message);
    const config = snapshot?.upstreams[0];
    return config === undefined
      ? undefined
      : { ...config, peers: config.peers.map((peer) => this.stamp(peer)) };
  }

  private stamp(peer: PeerConfig): PeerConfig {
    const readySinceS = this.readySinceS.get(peer.id);
    return readySinceS === undefined ? peer : { ...peer, readySinceS };
  }

  private addPeers(peers: readonly Json[]): void {
    for (const peer of peers) {
      this.peers.push(peer);
      if (!this.peerIds.includes(idOf(peer))) this.peerIds.push(idOf(peer));
    }
  }

  private placeOf(pointer: string): string {
    if (!pointer.startsWith(`${OWN_POINTER}/`)) return this.pointer;
    const [name = "", ...rest] = pointer.slice(OWN_POINTER.length + 1).split("/");
    const place = this.places.get(name) ?? this.pointer;
    if (name === "peers" && (place !== "/upstream/peers" || !this.arePeersListed)) return place;
    return [place, ...rest].join("/");
  }

  private report(pointer: string, message: string): void {
    this.errors.push({ pointer, message });
  }
}

function idOf(peer: Json): string {
  return String(peer["id"] ?? peer["address"]);
}
