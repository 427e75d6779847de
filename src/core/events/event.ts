import { toRfc3339 } from "../rfc3339";

export const EVENT_TYPES = [
  "config",
  "peer",
  "drain",
  "health",
  "session",
  "move",
  "leader",
  "worker",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** Fields beside those that every event has. */
export type EventData = Readonly<Record<string, string | number | boolean | undefined>>;

export interface EventHead {
  readonly type: EventType;
  readonly number: number;
  /** Seconds since the epoch. */
  readonly time: number;
  /** The one that is published, not that of the worker which tells. */
  readonly generation: number;
}

/** As it lies in the store: with its key, no more than 1 KB of the shared dict. */
export const EVENT_LIMIT_BYTES = 900;
/** What the longest text of an event is cut to. */
const TEXT_LIMIT_BYTES = 512;

/** The event as it lies in the store: its type, a blank, its JSON. Texts that are too long are cut. */
export function describeEvent(
  head: EventHead,
  data: EventData,
  encode: (this: void, value: unknown) => string,
): string {
  let limit = TEXT_LIMIT_BYTES;
  let text = describeCut(head, data, limit, encode);
  while (text.length > EVENT_LIMIT_BYTES && limit > 0) {
    limit = Math.floor(limit / 2);
    text = describeCut(head, data, limit, encode);
  }
  return text.length > EVENT_LIMIT_BYTES ? describeCut(head, {}, 0, encode) : text;
}

/** The type of a stored event, and its JSON. */
export function readEvent(text: string): LuaMultiReturn<[type: string, json: string]> {
  const blank = text.indexOf(" ");
  return $multi(text.substring(0, blank), text.substring(blank + 1));
}

function describeCut(
  { type, number, time, generation }: EventHead,
  data: EventData,
  limit: number,
  encode: (this: void, value: unknown) => string,
): string {
  const cut: Record<string, string | number | boolean> = { generation };
  for (const key in data) {
    const value = data[key];
    if (value !== undefined) cut[key] = typeof value === "string" ? cutText(value, limit) : value;
  }
  const head = `{"id":${number},"type":"${type}","time":"${toRfc3339(time)}",`;
  return `${type} ${head}${encode(cut).substring(1)}`;
}

const CONTINUATION_FIRST = 0x80;
const CONTINUATION_LAST = 0xbf;

/** At most that many bytes, and no part of a character (a byte of UTF-8 that is not the first of one is never where it is cut). */
function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let end = limit;
  while (end > 0 && isContinuation(text.charCodeAt(end))) end -= 1;
  return `${text.substring(0, end)}...`;
}

function isContinuation(byte: number): boolean {
  return byte >= CONTINUATION_FIRST && byte <= CONTINUATION_LAST;
}
