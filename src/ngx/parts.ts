import type { PeerConfig, ResolverConfig, RouteConfig, UpstreamConfig } from "../core/config/snapshot";
import { decodeJson, encodeJson } from "./json";
import {
  directoryKey,
  documentKey,
  GENERATION_KEY,
  manifestKey,
  peersKey,
  routesKey,
  upstreamKey,
} from "./keys";
import { decodePeers } from "./peer-rows";

/**
 * How a snapshot lies in the shared dict: for each upstream a head, which is its policy, and chunks of its peers; for each
 * chunk of the upstreams a directory that names their parts; chunks of routes; the text of the document in pieces; and a
 * manifest that names the parts of a generation. All have keys that carry the generation which wrote them. Parts are
 * written first, the manifest next, and last the generation, which is what workers watch; so a reader sees all of a
 * change or nothing, and reads no more than what changed.
 */
export interface Manifest {
  /** The last record of the state log that is in it. */
  readonly stateSeq: number;
  readonly resolver: ResolverConfig;
  /** By chunk: the generation of its part; 0 for one without upstreams. */
  readonly directories: readonly number[];
  /** By chunk: the generation of its part; 0 for one without routes. */
  readonly routes: readonly number[];
  /** By piece of the document's text: the generation of its part. */
  readonly document: readonly number[];
}

/** Where the parts of an upstream are. */
export interface UpstreamEntry {
  readonly name: string;
  /** The last one that changed anything of it. */
  readonly generation: number;
  /** Of its head. */
  readonly head: number;
  /** The ends of the keys of its chunks of peers, in order. */
  readonly chunks: readonly string[];
}

export type UpstreamHead = Omit<UpstreamConfig, "peers">;

/** An upstream is in the chunk of its name's checksum, and a route in that of its id's, so that adding one touches one chunk. */
const DIRECTORIES = 64;
const ROUTE_CHUNKS = 128;

export function directoryOf(upstream: string): number {
  return ngx.crc32_long(upstream) % DIRECTORIES;
}

function routeChunkOf(id: string): number {
  return ngx.crc32_long(id) % ROUTE_CHUNKS;
}

export function groupUpstreams(upstreams: readonly UpstreamConfig[]): UpstreamConfig[][] {
  const groups = emptyLists<UpstreamConfig>(DIRECTORIES);
  for (const upstream of upstreams) groups[directoryOf(upstream.name)]!.push(upstream);
  return groups;
}

export function groupRoutes(routes: readonly RouteConfig[]): RouteConfig[][] {
  const groups = emptyLists<RouteConfig>(ROUTE_CHUNKS);
  for (const route of routes) groups[routeChunkOf(route.id)]!.push(route);
  return groups;
}

function emptyLists<T>(count: number): T[][] {
  const lists: T[][] = [];
  for (const _ of $range(1, count)) lists.push([]);
  return lists;
}

export function currentGeneration(dict: NgxSharedDict): number {
  const [generation] = dict.get(GENERATION_KEY);
  return typeof generation === "number" ? generation : 0;
}

/** These are `undefined` if the part was replaced meanwhile: there is a newer generation then. */

export function readManifest(dict: NgxSharedDict, generation: number): Manifest | undefined {
  return readJson(dict, manifestKey(generation)) as Manifest | undefined;
}

export function readDirectory(
  dict: NgxSharedDict,
  chunk: number,
  generation: number,
): readonly UpstreamEntry[] | undefined {
  if (generation === 0) return [];
  const rows = readJson(dict, directoryKey(chunk, generation));
  if (rows === undefined) return undefined;
  return (rows as readonly (readonly (string | number)[])[]).map((row) => ({
    name: row[0] as string,
    generation: row[1] as number,
    head: row[2] as number,
    chunks: row.slice(3) as string[],
  }));
}

/** The same text for the same entries in every process. */
export function encodeDirectory(entries: readonly UpstreamEntry[]): string {
  return encodeJson(
    entries.map(({ name, generation, head, chunks }) => [name, generation, head].concat(chunks as never[])),
  );
}

export function readHead(
  dict: NgxSharedDict,
  upstream: string,
  generation: number,
): UpstreamHead | undefined {
  return readJson(dict, upstreamKey(upstream, generation)) as UpstreamHead | undefined;
}

export function readPeers(
  dict: NgxSharedDict,
  upstream: string,
  chunk: string,
): readonly PeerConfig[] | undefined {
  const text = readPart(dict, peersKey(upstream, chunk));
  return text === undefined ? undefined : decodePeers(text);
}

export function readRoutes(
  dict: NgxSharedDict,
  chunk: number,
  generation: number,
): readonly RouteConfig[] | undefined {
  if (generation === 0) return [];
  return readJson(dict, routesKey(chunk, generation)) as readonly RouteConfig[] | undefined;
}

/** The document that is current, as its file had it; `undefined` if none was published with its text. */
export function readDocumentText(dict: NgxSharedDict): string | undefined {
  const pieces = readPieces(dict, currentGeneration(dict));
  // A piece that is gone was replaced between two looks.
  return pieces ?? readPieces(dict, currentGeneration(dict));
}

function readPieces(dict: NgxSharedDict, generation: number): string | undefined {
  const generations = readManifest(dict, generation)?.document ?? [];
  const pieces: string[] = [];
  for (const index of $range(0, generations.length - 1)) {
    const piece = readPart(dict, documentKey(index, generations[index]!));
    if (piece === undefined) return undefined;
    pieces.push(piece);
  }
  return pieces.length === 0 ? undefined : pieces.join("");
}

export function readPart(dict: NgxSharedDict, key: string): string | undefined {
  const [text] = dict.get(key);
  return typeof text === "string" ? text : undefined;
}

function readJson(dict: NgxSharedDict, key: string): unknown {
  const text = readPart(dict, key);
  if (text === undefined) return undefined;
  const [value] = decodeJson(text);
  return value;
}
