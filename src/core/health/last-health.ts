import type { Fallible } from "../fallible";
import { goOn, type Pause } from "../pause";

/** A peer that was down, for the time when the gateway starts again. */
export interface LastDown {
  readonly upstream: string;
  readonly key: string;
  readonly address: string;
  readonly reason: string;
  readonly sinceS: number;
}

const VERSION = 1;
const MAX_ENTRIES = 100_000;
const MAX_TEXT = 512;
/** Seconds since the epoch: in the year 33658. */
const MAX_TIME_S = 1e12;

export function writeLastHealth(
  downs: readonly LastDown[],
  encode: (this: void, value: unknown) => string,
  pause: Pause = goOn,
): string {
  const entries: string[] = [];
  for (const { upstream, key, address, reason, sinceS } of downs) {
    entries.push(encode({ upstream, peer: key, address, reason, since: sinceS }));
    pause();
  }
  return `{"version":${VERSION},"down":[${entries.join(",\n")}]}\n`;
}

/** Reads what such a text says; whoever wrote it, nothing but these fields comes of it. */
export function readLastHealth(
  text: string,
  decode: (this: void, text: string) => LuaMultiReturn<[value: unknown, err?: string]>,
): Fallible<readonly LastDown[]> {
  const [value, err] = decode(text);
  if (value === undefined) return $multi(undefined, err ?? "it is not JSON");
  if (typeof value !== "object" || value === null) return $multi(undefined, "it is not an object");
  const { version, down } = value as { readonly version?: unknown; readonly down?: unknown };
  if (version !== VERSION) return $multi(undefined, `its version is not ${VERSION}`);
  if (typeof down !== "object" || down === null) return $multi(undefined, '"down" is not a list');
  const entries = down as readonly unknown[];
  if (entries.length > MAX_ENTRIES) return $multi(undefined, `it has more than ${MAX_ENTRIES} peers`);
  const downs: LastDown[] = [];
  for (const index of $range(0, entries.length - 1)) {
    const entry = readEntry(entries[index]);
    if (entry === undefined) return $multi(undefined, `entry ${index} of "down" is not a peer`);
    downs.push(entry);
  }
  return $multi(downs);
}

function readEntry(value: unknown): LastDown | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { upstream, peer, address, reason, since } = value as Readonly<Record<string, unknown>>;
  if (!isText(upstream) || !isText(peer) || !isText(address) || !isText(reason)) return undefined;
  if (typeof since !== "number" || !(since >= 0 && since <= MAX_TIME_S)) return undefined;
  return { upstream, key: peer, address, reason, sinceS: since };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_TEXT;
}
