import { isEqual } from "../core/config/equality";
import type { Drain, PeerOverride } from "../core/config/layers/change";
import type { DrainConfig } from "../core/config/snapshot";
import type { Json } from "../core/config/walker";
import type { DrainBody } from "./edit-bodies";

/** What the override of a peer becomes by a call. `undefined`: there is none any more. */
export interface EditedPeer {
  /** Of the base document, if it has one. */
  readonly base?: Json;
  readonly override?: PeerOverride;
}

/** @param drain `undefined` ends one */
export function withFields(edited: EditedPeer, fields: Json, drain?: Drain): PeerOverride | undefined {
  const { base, override } = edited;
  const isAdded = override?.added === true;
  const merged: Record<string, unknown> = { ...override?.fields, ...fields };
  if (!isAdded && base !== undefined) {
    for (const name of Object.keys(merged)) if (isAsInBase(base, name, merged[name])) delete merged[name];
  }
  const hasFields = Object.keys(merged).length > 0;
  if (!isAdded && !hasFields && drain === undefined) return undefined;
  const result: { -readonly [K in keyof PeerOverride]: PeerOverride[K] } = {};
  if (hasFields) result.fields = merged;
  if (isAdded) result.added = true;
  if (drain !== undefined) result.drain = drain;
  return result;
}

/** What says the same as the document leaves it to the document. */
function isAsInBase(base: Json, name: string, value: unknown): boolean {
  if (base[name] !== undefined) return isEqual(base[name], value);
  return name === "state" && value === "ready";
}

/** What a removal leaves: a peer that the document has must be kept out. */
export function withoutPeer(edited: EditedPeer): PeerOverride | undefined {
  return edited.base === undefined ? undefined : { removed: true };
}

/** A drain goes on as long as nothing else is asked for, so that a call made twice does not put its deadline off. */
export function drainFor(
  body: DrainBody,
  before: Drain | undefined,
  defaults: DrainConfig,
  nowS: number,
): Drain {
  const close = body.close ?? before?.close ?? defaults.close;
  const deadlineMs = body.deadlineMs ?? before?.deadline_ms ?? defaults.deadlineMs;
  const spreadMs = body.spreadMs ?? before?.spread_ms ?? defaults.spreadMs;
  const isSame =
    before !== undefined &&
    before.close === close &&
    before.deadline_ms === deadlineMs &&
    before.spread_ms === spreadMs;
  return { close, deadline_ms: deadlineMs, spread_ms: spreadMs, since_s: isSame ? before.since_s : nowS };
}
