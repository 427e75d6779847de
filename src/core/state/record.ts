import type {
  Change,
  Drain,
  PeerName,
  PeerOverride,
  PruneChange,
  RouteOverride,
} from "../config/layers/change";
import { asItems, asRecord } from "../config/layers/document-parts";
import type { RuntimeState } from "../config/layers/runtime-state";
import type { Json } from "../config/walker";
import type { Fallible } from "../fallible";

/** How changes are written as the JSON of one record, and read back. What is read may be anything. */

/** JSON of plain data; it may write an empty list as `{}`. */
export type Encode = (this: void, value: unknown) => string;

/** The record of a change; the text of a document goes in as it is. */
export function encodeChange(seq: number, change: Change, encode: Encode): string {
  switch (change.kind) {
    case "put":
      return `{"seq":${seq},"put":${change.text}}`;
    case "peer":
      return encode({
        seq,
        peer: { upstream: change.upstream, id: change.peer, override: change.override },
      });
    case "route":
      return encode({ seq, route: { id: change.route, override: change.override } });
    case "reset":
      return `{"seq":${seq},"reset":true}`;
    case "prune":
      return encode({
        seq,
        prune: { peers: change.peers, routes: change.routes, reasons: change.reasons },
      });
  }
}

/** The fewest changes that lead to a state from nothing, in an order that keeps the turns of what was added. */
export function changesOf(state: RuntimeState): Change[] {
  const changes: { readonly order: number; readonly change: Change }[] = [];
  for (const [upstream, overrides] of state.peers) {
    for (const [peer, { override, order }] of overrides) {
      changes.push({ order, change: { kind: "peer", upstream, peer, override } });
    }
  }
  for (const [route, { override, order }] of state.routes) {
    changes.push({ order, change: { kind: "route", route, override } });
  }
  changes.sort((a, b) => a.order - b.order);
  const first: Change[] = state.base === undefined ? [] : [{ kind: "put", ...state.base }];
  const last: Change[] =
    state.dropped.length === 0 ? [] : [{ kind: "prune", peers: [], routes: [], reasons: state.dropped }];
  return first.concat(
    changes.map(({ change }) => change),
    last,
  );
}

export interface SequencedChange {
  readonly seq: number;
  readonly change: Change;
}

/** @param text the record itself, of which the text of a document is a part */
export function decodeChange(record: unknown, text: string): Fallible<SequencedChange> {
  const fields = asRecord(record);
  if (fields === undefined) return $multi(undefined, "it is no object");
  const seq = wholeNumber(fields["seq"]);
  if (seq === undefined) return $multi(undefined, "its number is missing");
  const change = changeIn(fields, text);
  if (change === undefined) return $multi(undefined, "it is no change that this version knows");
  return $multi({ seq, change });
}

function changeIn(fields: Json, text: string): Change | undefined {
  const { put, peer, route, prune, reset } = fields;
  if (put !== undefined) return { kind: "put", document: put, text: textOfPut(text) };
  if (peer !== undefined) return peerChange(asRecord(peer));
  if (route !== undefined) return routeChange(asRecord(route));
  if (prune !== undefined) return pruneChange(asRecord(prune));
  return reset === true ? { kind: "reset" } : undefined;
}

const PUT = '"put":';

/** A record of a document ends with it. */
function textOfPut(text: string): string {
  return text.substring(text.indexOf(PUT) + PUT.length, text.length - 1);
}

function peerChange(fields: Json | undefined): Change | undefined {
  const upstream = fields?.["upstream"];
  const peer = fields?.["id"];
  if (fields === undefined || typeof upstream !== "string" || typeof peer !== "string") return undefined;
  if (fields["override"] === undefined) return { kind: "peer", upstream, peer };
  const override = peerOverride(asRecord(fields["override"]));
  return override === undefined ? undefined : { kind: "peer", upstream, peer, override };
}

function peerOverride(given: Json | undefined): PeerOverride | undefined {
  if (given === undefined) return undefined;
  const fields = asRecord(given["fields"]);
  const drain = drainIn(asRecord(given["drain"]));
  if ((given["fields"] === undefined) !== (fields === undefined)) return undefined;
  if ((given["drain"] === undefined) !== (drain === undefined)) return undefined;
  const override: { -readonly [K in keyof PeerOverride]: PeerOverride[K] } = {};
  if (fields !== undefined) override.fields = fields;
  if (drain !== undefined) override.drain = drain;
  if (given["added"] === true) override.added = true;
  if (given["removed"] === true) override.removed = true;
  return override;
}

function drainIn(fields: Json | undefined): Drain | undefined {
  if (fields === undefined) return undefined;
  const { close, deadline_ms, spread_ms, since_s } = fields;
  if (close !== "keep" && close !== "paced") return undefined;
  if (!isFinite(deadline_ms) || !isFinite(spread_ms) || !isFinite(since_s)) return undefined;
  return { close, deadline_ms, spread_ms, since_s };
}

function routeChange(fields: Json | undefined): Change | undefined {
  const route = fields?.["id"];
  if (fields === undefined || typeof route !== "string") return undefined;
  if (fields["override"] === undefined) return { kind: "route", route };
  const given = asRecord(fields["override"]);
  if (given === undefined) return undefined;
  const config = asRecord(given["config"]);
  if ((given["config"] === undefined) !== (config === undefined)) return undefined;
  const override: { -readonly [K in keyof RouteOverride]: RouteOverride[K] } = {};
  if (config !== undefined) override.config = config;
  if (given["added"] === true) override.added = true;
  return { kind: "route", route, override };
}

function pruneChange(fields: Json | undefined): PruneChange | undefined {
  if (fields === undefined) return undefined;
  const named = asItems(fields["peers"]);
  const routes = texts(fields["routes"]);
  const reasons = texts(fields["reasons"]);
  if (named === undefined || routes === undefined || reasons === undefined) return undefined;
  const peers: PeerName[] = [];
  for (const item of named) {
    const upstream = asRecord(item)?.["upstream"];
    const peer = asRecord(item)?.["peer"];
    if (typeof upstream !== "string" || typeof peer !== "string") return undefined;
    peers.push({ upstream, peer });
  }
  return { kind: "prune", peers, routes, reasons };
}

function texts(value: unknown): readonly string[] | undefined {
  const items = asItems(value);
  if (items === undefined) return undefined;
  for (const item of items) if (typeof item !== "string") return undefined;
  return items as readonly string[];
}

function isFinite(value: unknown): value is number {
  return typeof value === "number" && value - value === 0;
}

export function wholeNumber(value: unknown): number | undefined {
  const isWhole = isFinite(value) && value >= 0 && value <= 1e14 && Math.floor(value) === value;
  return isWhole ? value : undefined;
}
