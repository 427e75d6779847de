import type { Fallible } from "../fallible";
import { parseNatural } from "../resolve/ip-address";
import { toRfc3339 } from "../rfc3339";
import { matchesPeer, type SessionFilter } from "../session/filter";
import { showClient } from "./client-address";
import { splitPeerName } from "./peer-name";
import { decodeRecord, peerIn, routeIn } from "./record";

/** A process that has records of its sessions. */
export interface ListedProcess {
  /** Where it is in the register of processes: it is listed after those with lower ones. */
  readonly slot: number;
  readonly pid: number;
  /** What the ids of its sessions begin with. */
  readonly prefix: string;
  /** Its records are at places below. */
  readonly span: number;
}

export interface ListingReader {
  record(this: void, slot: number, place: number): string | undefined;
  name(this: void, slot: number, number: number): string | undefined;
}

/** A session as the admin API shows it; the bytes are absent where they are not known. */
export interface ListedSession {
  readonly id: string;
  readonly client: string;
  readonly route: string;
  readonly upstream: string;
  readonly peer: string;
  /** The pid. */
  readonly worker: number;
  /** RFC 3339. */
  readonly start: string;
  readonly bytes_to_client?: number;
  readonly bytes_to_peer?: number;
}

export interface SessionPage {
  readonly sessions: readonly ListedSession[];
  /** Where the next page begins; absent on the last. */
  readonly next?: string;
}

/** Where a page begins. */
export interface Cursor {
  readonly slot: number;
  readonly place: number;
}

export const FIRST_PAGE: Cursor = { slot: 0, place: 0 };
const LARGEST_PART = 999_999_999;

export function parseCursor(text: string): Fallible<Cursor> {
  const parts = text.split(".");
  const slot = parts.length === 2 ? parseNatural(parts[0]!, LARGEST_PART) : undefined;
  const place = parts.length === 2 ? parseNatural(parts[1]!, LARGEST_PART) : undefined;
  if (slot === undefined || place === undefined) return $multi(undefined, "this is no cursor of a list");
  return $multi({ slot, place });
}

/** A name and whether sessions that have it are wanted. */
interface JudgedName {
  readonly name: string;
  readonly isWanted: boolean;
}

/**
 * One page of the sessions of all processes. Places do not change while sessions are open, so one that is there all the
 * time is on exactly one page.
 */
export class PageReader {
  private readonly found: ListedSession[] = [];
  private next: string | undefined;
  private peers = new LuaMap<number, JudgedName>();
  private routes = new LuaMap<number, JudgedName>();

  constructor(
    private readonly reader: ListingReader,
    private readonly filter: SessionFilter,
    private readonly limit: number,
  ) {}

  /** @param holders in the order of their slots */
  read(holders: readonly ListedProcess[], from: Cursor, pause: (this: void) => void): SessionPage {
    for (const holder of holders) {
      if (this.next === undefined && holder.slot >= from.slot) {
        this.readHolder(holder, holder.slot === from.slot ? from.place : 0, pause);
      }
    }
    return { sessions: this.found, next: this.next };
  }

  private readHolder(holder: ListedProcess, from: number, pause: (this: void) => void): void {
    this.peers = new LuaMap();
    this.routes = new LuaMap();
    for (const place of $range(from, holder.span - 1)) {
      const text = this.reader.record(holder.slot, place);
      if (text !== undefined && this.isFull(text, holder, place)) return;
      pause();
    }
  }

  /** Takes the session if it is wanted, and says whether the page was full before. */
  private isFull(text: string, holder: ListedProcess, place: number): boolean {
    const peer = this.judgePeer(holder.slot, peerIn(text));
    if (peer?.isWanted !== true) return false;
    const route = this.judgeRoute(holder.slot, routeIn(text));
    if (route?.isWanted !== true) return false;
    if (this.found.length === this.limit) {
      this.next = `${holder.slot}.${place}`;
      return true;
    }
    this.found.push(show(text, holder, peer.name, route.name));
    return false;
  }

  /** `undefined` where the name is gone: so is the session, then. */
  private judgePeer(slot: number, number: number): JudgedName | undefined {
    const known = this.peers.get(number);
    if (known !== undefined) return known;
    const name = this.reader.name(slot, number);
    if (name === undefined) return undefined;
    const [upstream, key] = splitPeerName(name);
    const judged = { name, isWanted: matchesPeer(this.filter, upstream, key) };
    this.peers.set(number, judged);
    return judged;
  }

  private judgeRoute(slot: number, number: number): JudgedName | undefined {
    const known = this.routes.get(number);
    if (known !== undefined) return known;
    const name = this.reader.name(slot, number);
    if (name === undefined) return undefined;
    const { route } = this.filter;
    const judged = { name, isWanted: route === undefined || route === name };
    this.routes.set(number, judged);
    return judged;
  }
}

function show(text: string, holder: ListedProcess, peer: string, route: string): ListedSession {
  const record = decodeRecord(text);
  const [upstream, key] = splitPeerName(peer);
  return {
    id: holder.prefix + record.serial.toString(),
    client: showClient(record.client),
    route,
    upstream,
    peer: key,
    worker: holder.pid,
    start: toRfc3339(record.startMs / 1000),
    bytes_to_client: record.bytesToClient,
    bytes_to_peer: record.bytesToPeer,
  };
}
