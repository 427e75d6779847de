import { isEqual } from "../core/config/equality";
import type { ResolverConfig, RouteConfig, Snapshot, UpstreamConfig } from "../core/config/snapshot";
import type { Fallible } from "../core/fallible";
import { decodeJson, encodeJson } from "./json";
import {
  GENERATION_KEY,
  manifestKey,
  PUBLISHER_KEY,
  routesKey,
  TAKEN_GENERATION_KEY,
  upstreamKey,
} from "./keys";
import { processId } from "./process";

/**
 * How a snapshot lies in the shared dict: a part for each upstream and for each chunk of routes, under keys that carry
 * the generation which wrote them, and a manifest that names the parts of a generation. Parts are written first, the
 * manifest next, and last the generation, which is what workers watch; so a reader sees all of a change or nothing.
 */
export interface Manifest {
  readonly resolver: ResolverConfig;
  readonly upstreams: readonly UpstreamPart[];
  /** By chunk: the generation of its part; 0 for one without routes. */
  readonly routes: readonly number[];
}

interface UpstreamPart {
  readonly name: string;
  readonly generation: number;
}

/** A route is in the chunk of its id's checksum, so that adding one touches one chunk. */
const CHUNKS = 64;
export const PUBLISHER_BUSY = "another process is publishing";
/** A publisher that died in the middle holds the others up for this long; one that stalled for longer has lost its turn. */
const LOCK_TTL_S = 5;

export function currentGeneration(dict: NgxSharedDict): number {
  const [generation] = dict.get(GENERATION_KEY);
  return typeof generation === "number" ? generation : 0;
}

/** `undefined` if the part was replaced meanwhile: there is a newer generation then. */
export function readManifest(dict: NgxSharedDict, generation: number): Manifest | undefined {
  return readPart(dict, manifestKey(generation)) as Manifest | undefined;
}

export function readUpstream(dict: NgxSharedDict, part: UpstreamPart): UpstreamConfig | undefined {
  return readPart(dict, upstreamKey(part.name, part.generation)) as UpstreamConfig | undefined;
}

export function readRoutes(
  dict: NgxSharedDict,
  chunk: number,
  generation: number,
): readonly RouteConfig[] | undefined {
  if (generation === 0) return [];
  return readPart(dict, routesKey(chunk, generation)) as readonly RouteConfig[] | undefined;
}

/**
 * Makes `after` the current snapshot, writing only what differs from the one before.
 * @returns the generation it is, which is the old one if nothing differs; or why it could not be stored
 */
export function publish(dict: NgxSharedDict, after: Snapshot): Fallible<number> {
  const [isFree, lockErr] = dict.safe_add(PUBLISHER_KEY, processId(), LOCK_TTL_S);
  if (isFree !== true) return $multi(undefined, lockErr === "exists" ? PUBLISHER_BUSY : tooSmall(lockErr));
  const publication = new Publication(dict, after);
  const [generation, err] = publication.write();
  if (holdsLock(dict)) dict.delete(PUBLISHER_KEY);
  if (generation === undefined) return $multi(undefined, err);
  return $multi(generation);
}

function holdsLock(dict: NgxSharedDict): boolean {
  const [holder] = dict.get(PUBLISHER_KEY);
  return holder === processId();
}

function tooSmall(reason = "not stored"): string {
  return `the shared dict \`switchboard\` cannot hold the config: ${reason}`;
}

class Publication {
  private readonly before: number;
  private generation: number | undefined;
  private readonly written: string[] = [];
  private readonly replaced: string[] = [];
  private failure: string | undefined;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly after: Snapshot,
  ) {
    this.before = currentGeneration(dict);
  }

  write(): Fallible<number> {
    const { after } = this;
    const before = readManifest(this.dict, this.before) ?? NOTHING;
    const manifest: Manifest = {
      resolver: after.resolver,
      upstreams: this.writeUpstreams(before, after),
      routes: this.writeRoutes(before, after),
    };
    if (this.before > 0 && isEqual(before, manifest)) return $multi(this.before);
    const generation = this.ownGeneration();
    this.writePart(manifestKey(generation), manifest);
    if (this.failure === undefined) this.switchTo(generation);
    if (this.failure !== undefined) {
      for (const key of this.written) this.dict.delete(key);
      return $multi(undefined, this.failure);
    }
    this.replaced.push(manifestKey(this.before));
    for (const key of this.replaced) this.dict.delete(key);
    return $multi(generation);
  }

  /**
   * Taken when something differs, and never twice: a publisher that stalls until its lock has ended does not write under
   * the keys of the one that came after it.
   */
  private ownGeneration(): number {
    if (this.generation === undefined) {
      this.dict.safe_add(TAKEN_GENERATION_KEY, this.before);
      const [taken, err] = this.dict.incr(TAKEN_GENERATION_KEY, 1);
      if (taken === undefined) this.failure ??= tooSmall(err);
      else if (taken - 1 > this.before) this.dropLeftovers(taken - 1);
      this.generation = taken ?? 0;
    }
    return this.generation;
  }

  /** What the publisher before has written, if it died in the middle. */
  private dropLeftovers(generation: number): void {
    this.dict.delete(manifestKey(generation));
    for (const { name } of this.after.upstreams) this.dict.delete(upstreamKey(name, generation));
    for (const chunk of $range(0, CHUNKS - 1)) this.dict.delete(routesKey(chunk, generation));
  }

  /** The parts that stay may be gone if another one has published meanwhile; the lock tells that nobody has. */
  private switchTo(generation: number): void {
    if (!holdsLock(this.dict)) {
      this.failure = PUBLISHER_BUSY;
      return;
    }
    const [isStored, err] = this.dict.safe_set(GENERATION_KEY, generation);
    if (isStored !== true) this.failure = tooSmall(err);
  }

  private writeUpstreams(before: Manifest, after: Snapshot): UpstreamPart[] {
    const known = new LuaMap<string, UpstreamPart>();
    for (const part of before.upstreams) known.set(part.name, part);
    const parts: UpstreamPart[] = [];
    for (const upstream of after.upstreams) {
      const part = known.get(upstream.name);
      known.delete(upstream.name);
      parts.push(this.writeUpstream(part, upstream));
    }
    for (const part of before.upstreams) {
      if (known.has(part.name)) this.replaced.push(upstreamKey(part.name, part.generation));
    }
    return parts;
  }

  private writeUpstream(part: UpstreamPart | undefined, upstream: UpstreamConfig): UpstreamPart {
    if (part !== undefined) {
      if (isEqual(readUpstream(this.dict, part), upstream)) return part;
      this.replaced.push(upstreamKey(part.name, part.generation));
    }
    const generation = this.ownGeneration();
    this.writePart(upstreamKey(upstream.name, generation), upstream);
    return { name: upstream.name, generation };
  }

  private writeRoutes(before: Manifest, after: Snapshot): number[] {
    const chunks: RouteConfig[][] = [];
    for (const _ of $range(1, CHUNKS)) chunks.push([]);
    for (const route of after.routes) chunks[ngx.crc32_long(route.id) % CHUNKS]!.push(route);
    return chunks.map((routes, chunk) => this.writeChunk(chunk, before.routes[chunk] ?? 0, routes));
  }

  private writeChunk(chunk: number, known: number, routes: readonly RouteConfig[]): number {
    if (isEqual(readRoutes(this.dict, chunk, known), routes)) return known;
    if (known > 0) this.replaced.push(routesKey(chunk, known));
    if (routes.length === 0) return 0;
    const generation = this.ownGeneration();
    this.writePart(routesKey(chunk, generation), routes);
    return generation;
  }

  private writePart(key: string, value: unknown): void {
    if (this.failure !== undefined) return;
    const [isStored, err] = this.dict.safe_add(key, encodeJson(value));
    if (isStored === true) this.written.push(key);
    else this.failure = tooSmall(err);
  }
}

const NOTHING: Manifest = {
  resolver: { addresses: [], ttlMinMs: 0, ttlMaxMs: 0 },
  upstreams: [],
  routes: [],
};

function readPart(dict: NgxSharedDict, key: string): unknown {
  const [text] = dict.get(key);
  if (typeof text !== "string") return undefined;
  const [value] = decodeJson(text);
  return value;
}
