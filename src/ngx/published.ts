import type { LivePeer } from "../core/config/layers/stamp";
import type { UpstreamConfig } from "../core/config/snapshot";
import { livePeers } from "../core/pool/peers";
import { addressesIn } from "./addresses";
import { totalKey } from "./keys";
import { currentGeneration, directoryOf, readDirectory, readHead, readManifest, readPeers } from "./parts";

/** What the shared dict says of upstreams now: for the one who publishes the next generation. */
export class Published {
  constructor(private readonly dict: NgxSharedDict) {}

  /** `undefined` if there is none of the name. */
  upstream(name: string): UpstreamConfig | undefined {
    const { dict } = this;
    const generation = currentGeneration(dict);
    const manifest = generation === 0 ? undefined : readManifest(dict, generation);
    if (manifest === undefined) return undefined;
    const chunk = directoryOf(name);
    const entries = readDirectory(dict, chunk, manifest.directories[chunk] ?? 0) ?? [];
    const entry = entries.find((one) => one.name === name);
    if (entry === undefined) return undefined;
    const head = readHead(dict, name, entry.head);
    const peers = entry.chunks.flatMap((key) => readPeers(dict, name, key) ?? []);
    return head === undefined ? undefined : { ...head, peers };
  }

  /** Each address that sessions of an upstream may be on. */
  live(config: UpstreamConfig): readonly LivePeer[] {
    return livePeers(config.peers, addressesIn(this.dict));
  }

  /** Sessions that are open on a peer, in all workers. */
  open(upstream: string, key: string): number {
    const [total] = this.dict.get(totalKey(`${upstream}:${key}`));
    return typeof total === "number" ? total : 0;
  }
}
