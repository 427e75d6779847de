import { isEqual } from "../core/config/equality";
import { STALE_BASE, type Prepared, type Publishable, type Publisher } from "../core/config/publisher";
import type { ResolverConfig, RouteConfig, UpstreamConfig } from "../core/config/snapshot";
import type { Fallible } from "../core/fallible";
import type { Pause } from "../core/pause";
import { settle } from "./journal";
import { encodeJson } from "./json";
import {
  directoryKey,
  documentKey,
  GENERATION_KEY,
  manifestKey,
  peersKey,
  routesKey,
  upstreamKey,
} from "./keys";
import {
  encodeDirectory,
  groupRoutes,
  groupUpstreams,
  readDirectory,
  readManifest,
  type Manifest,
  type UpstreamEntry,
} from "./parts";
import { isSame, PartWriter, tooSmall } from "./part-writer";
import { cutIntoChunks, encodePeers } from "./peer-rows";
import { PublisherLock } from "./publisher-lock";

export const PUBLISHER_BUSY = "another process is publishing";
/** What is published contains more of the state log than the publisher has read. */
export const STALE_STATE = "the state was read before its newest change";

const PIECE_BYTES = 64 * 1024;

export class DictPublisher implements Publisher {
  constructor(private readonly dict: NgxSharedDict) {}

  prepare(what: Publishable, pause: Pause): Fallible<Prepared> {
    return prepare(this.dict, what, pause);
  }
}

function prepare(dict: NgxSharedDict, wanted: Publishable, pause: Pause): Fallible<Prepared> {
  const [lock, reason] = PublisherLock.take(dict);
  if (lock === undefined) return $multi(undefined, reason === "exists" ? PUBLISHER_BUSY : tooSmall(reason));
  const publication = new Publication(dict, lock, pause);
  const err = publication.write(wanted);
  if (err === undefined) return $multi(publication);
  publication.abort();
  return $multi(undefined, err);
}

class Publication implements Prepared {
  generation = 0;
  hasChanged = false;
  private readonly parts: PartWriter;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly lock: PublisherLock,
    pause: Pause,
  ) {
    this.parts = new PartWriter(dict, lock, pause);
  }

  /** @returns why it could not */
  write(wanted: Publishable): string | undefined {
    const { basedOn = 0 } = wanted;
    if (basedOn > 0 && basedOn !== this.parts.before) return STALE_BASE;
    const known = readManifest(this.dict, this.parts.before);
    if (known === undefined && !wanted.isWhole) return "the config in the shared dict is not complete";
    const before = known ?? NOTHING;
    const { stateSeq } = wanted;
    if (stateSeq < before.stateSeq) return STALE_STATE;
    const manifest: Manifest = {
      stateSeq,
      resolver: wanted.resolver ?? before.resolver,
      directories: this.writeUpstreams(before.directories, wanted),
      routes: wanted.routes === undefined ? before.routes : this.writeRoutes(before.routes, wanted.routes),
      document:
        wanted.documentText === undefined
          ? before.document
          : this.writeDocument(before.document, wanted.documentText),
    };
    if (this.parts.before === 0 || known === undefined || !isEqual(before, manifest)) {
      if (known !== undefined) this.parts.replace(manifestKey(this.parts.before));
      this.parts.write(manifestKey(this.parts.own()), encodeJson(manifest));
    }
    this.generation = this.parts.generation;
    this.hasChanged = this.parts.hasChanged;
    return this.parts.failure;
  }

  commit(): Fallible<true> {
    if (!this.parts.hasChanged) {
      this.lock.release();
      return $multi(true);
    }
    let err: string | undefined = PUBLISHER_BUSY;
    if (this.lock.isUndisturbed(this.parts.generation, this.parts.before)) err = this.switchOver();
    if (err !== undefined) {
      this.abort();
      return $multi(undefined, err);
    }
    settle(this.dict, this.parts.generation, true);
    this.lock.release();
    return $multi(true);
  }

  abort(): void {
    this.parts.undo();
    this.lock.release();
  }

  private switchOver(): string | undefined {
    const [isStored, err] = this.dict.safe_set(GENERATION_KEY, this.parts.generation);
    return isStored === true ? undefined : tooSmall(err);
  }

  private writeUpstreams(before: readonly number[], { isWhole, upstreams }: Publishable): number[] {
    const groups = groupUpstreams(upstreams);
    const generations: number[] = [];
    for (const chunk of $range(0, groups.length - 1)) {
      const known = before[chunk] ?? 0;
      const named = groups[chunk]!;
      const isUntouched = !isWhole && named.length === 0;
      generations.push(isUntouched ? known : this.writeDirectory(chunk, known, named, isWhole));
    }
    return generations;
  }

  private writeDirectory(
    chunk: number,
    known: number,
    upstreams: readonly UpstreamConfig[],
    isWhole: boolean,
  ): number {
    const before = readDirectory(this.dict, chunk, known);
    if (before === undefined && !isWhole)
      this.parts.failure ??= "the config in the shared dict is not complete";
    const others = new LuaMap<string, UpstreamEntry>();
    for (const entry of before ?? []) others.set(entry.name, entry);
    const entries: UpstreamEntry[] = [];
    for (const upstream of upstreams) {
      if (this.parts.failure !== undefined) return known;
      const entry = others.get(upstream.name);
      others.delete(upstream.name);
      entries.push(this.writeUpstream(entry, upstream));
    }
    for (const entry of before ?? []) {
      if (others.has(entry.name)) {
        if (isWhole) this.removeUpstream(entry);
        else entries.push(entry);
      }
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    const text = entries.length === 0 ? "" : encodeDirectory(entries);
    return this.parts.writeChunk(known, text, (generation) => directoryKey(chunk, generation));
  }

  private removeUpstream({ name, head, chunks }: UpstreamEntry): void {
    this.parts.replace(upstreamKey(name, head));
    for (const chunk of chunks) this.parts.replace(peersKey(name, chunk));
  }

  private writeUpstream(known: UpstreamEntry | undefined, upstream: UpstreamConfig): UpstreamEntry {
    const { name } = upstream;
    const head = this.writeHead(known, upstream);
    const chunks = this.writePeers(known, upstream);
    this.parts.rest();
    if (known !== undefined && known.head === head && isEqual(known.chunks, chunks)) return known;
    return { name, generation: this.parts.own(), head, chunks };
  }

  private writeHead(known: UpstreamEntry | undefined, upstream: UpstreamConfig): number {
    const head: Record<string, unknown> = {};
    for (const field in upstream)
      if (field !== "peers") head[field] = upstream[field as keyof UpstreamConfig];
    const text = encodeJson(head);
    if (known !== undefined) {
      if (isSame(this.parts.read(upstreamKey(upstream.name, known.head)), text, head)) return known.head;
      this.parts.replace(upstreamKey(upstream.name, known.head));
    }
    this.parts.write(upstreamKey(upstream.name, this.parts.own()), text);
    return this.parts.generation;
  }

  private writePeers(known: UpstreamEntry | undefined, { name, peers }: UpstreamConfig): string[] {
    const before = new LuaMap<string, string>();
    for (const chunk of known?.chunks ?? []) {
      before.set(this.parts.read(peersKey(name, chunk)) ?? "", chunk);
      this.parts.rest();
    }
    const chunks: string[] = [];
    const kept = new LuaSet<string>();
    for (const peersOfChunk of cutIntoChunks(peers)) {
      const text = encodePeers(peersOfChunk);
      let chunk = before.get(text);
      if (chunk === undefined) {
        chunk = `${this.parts.own()}.${chunks.length}`;
        this.parts.write(peersKey(name, chunk), text);
      }
      kept.add(chunk);
      chunks.push(chunk);
      this.parts.rest();
    }
    for (const chunk of known?.chunks ?? []) if (!kept.has(chunk)) this.parts.replace(peersKey(name, chunk));
    return chunks;
  }

  private writeRoutes(before: readonly number[], routes: readonly RouteConfig[]): number[] {
    return groupRoutes(routes).map((group, chunk) => {
      const text = group.length === 0 ? "" : encodeJson(group);
      this.parts.rest();
      return this.parts.writeChunk(
        before[chunk] ?? 0,
        text,
        (generation) => routesKey(chunk, generation),
        group,
      );
    });
  }

  private writeDocument(before: readonly number[], text: string): number[] {
    const generations: number[] = [];
    const count = Math.ceil(text.length / PIECE_BYTES);
    for (const piece of $range(0, Math.max(count, before.length) - 1)) {
      const part = text.substring(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
      const generation = this.parts.writeChunk(before[piece] ?? 0, part, (of) => documentKey(piece, of));
      if (generation > 0) generations.push(generation);
      this.parts.rest();
    }
    return generations;
  }
}

const NO_SERVERS: ResolverConfig = { addresses: [], ttlMinMs: 0, ttlMaxMs: 0 };

const NOTHING: Manifest = { stateSeq: 0, resolver: NO_SERVERS, directories: [], routes: [], document: [] };
