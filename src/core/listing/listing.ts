import type { Session } from "../session/session";
import type { SessionTable } from "../session/session-table";
import { Names, type NameStore } from "./names";
import { peerName } from "./peer-name";
import { encodeRecord, withBytes } from "./record";

/** Where the records of one worker's sessions are kept, by their place. */
export interface ListingStore extends NameStore {
  /** Says whether there was room. There is no record at the place. */
  addRecord(place: number, record: string): boolean;
  readRecord(place: number): string | undefined;
  /** By one of the same length. */
  replaceRecord(place: number, record: string): void;
  dropRecord(place: number): void;
  /** What a reader has to know: all records are at places below `span`, all names have numbers in `[firstName, nextName)`. */
  announce(extent: Extent): boolean;
}

export interface Extent {
  readonly span: number;
  readonly firstName: number;
  readonly nextName: number;
  /** Open sessions that found no room. */
  readonly unlisted: number;
}

/** What is to be learned of the sockets behind a session. */
export interface SocketView {
  /** See `SessionRecord`. */
  client(this: void, session: Session): string;
  sentToClient(this: void, session: Session): number | undefined;
  sentToPeer(this: void, session: Session): number | undefined;
}

/** Places and names are announced in steps, so that few announcements are needed. */
const SPAN_STEP = 64;
const NAMES_STEP = 16;
/** Not listed. */
const NOTHING = 0;
const MS_PER_S = 1000;

/**
 * Keeps the records of a worker's open sessions up to date, some time after the fact: what opens and closes in between costs
 * nothing. Where the store has no room, a session stays unlisted and is tried again.
 */
export class Listing {
  /** Open sessions that found no room when they were last tried. */
  unlisted = 0;
  private listed = 0;
  /** By place: the numbers of the names that the record there has. */
  private readonly peers: number[] = [];
  private readonly routes: number[] = [];
  /** By place: the bytes that the record there tells, in both directions together. */
  private readonly moved: number[] = [];
  private readonly refused: number[] = [];
  private readonly names: Names;
  private announced: Extent = { span: 0, firstName: 1, nextName: 1, unlisted: 0 };
  private cursor = 0;
  private hasRoom = true;

  constructor(
    private readonly table: SessionTable,
    private readonly store: ListingStore,
    private readonly view: SocketView,
  ) {
    this.names = new Names(store);
  }

  /** Whether something has opened or closed since. */
  isBehind(): boolean {
    return this.table.changed.count > 0;
  }

  /** @param pause is called between small pieces, and sessions may open and close in it */
  catchUp(pause: (this: void) => void): void {
    this.hasRoom = true;
    let place = this.table.changed.take();
    while (place !== undefined) {
      this.look(place);
      pause();
      place = this.table.changed.take();
    }
    this.unlisted = this.refused.length;
    this.announceRest();
  }

  /** Looks again at those that found no room. After `catchUp`, which makes room. */
  retry(pause: (this: void) => void): void {
    if (this.refused.length === 0) return;
    while (this.refused.length > 0) this.table.changed.mark(this.refused.pop()!);
    this.catchUp(pause);
  }

  /** Brings the bytes of some sessions up to date, of others at the next call. @param budget how many are looked at */
  refresh(budget: number, pause: (this: void) => void): void {
    const span = this.table.openHighWater();
    for (const _ of $range(1, Math.min(budget, span))) {
      if (this.cursor >= span) this.cursor = 0;
      this.refreshAt(this.cursor);
      this.cursor += 1;
      pause();
    }
  }

  private look(place: number): void {
    if ((this.peers[place] ?? NOTHING) !== NOTHING) this.drop(place);
    const session = this.table.openAt(place);
    if (session === undefined) return;
    // Once the store is full, only what leaves is worth a call.
    if (this.hasRoom) this.hasRoom = this.add(place, session);
    if (!this.hasRoom) this.refused.push(place);
  }

  private add(place: number, session: Session): boolean {
    const { peer } = session;
    if (peer === undefined) return true;
    if (!this.announceFor(place)) return false;
    const onPeer = this.names.retain(peerName(peer.upstream, peer.key));
    if (onPeer === undefined) return false;
    const route = this.names.retain(session.route);
    if (route === undefined) {
      this.names.release(onPeer);
      return false;
    }
    const toClient = this.view.sentToClient(session);
    const toPeer = this.view.sentToPeer(session);
    const record = encodeRecord({
      bytesToClient: toClient,
      bytesToPeer: toPeer,
      startMs: Math.floor(session.openedAt * MS_PER_S + 0.5),
      peer: onPeer,
      route,
      serial: this.table.serialOf(session),
      client: this.view.client(session),
    });
    if (!this.store.addRecord(place, record)) {
      this.names.release(onPeer);
      this.names.release(route);
      return false;
    }
    this.peers[place] = onPeer;
    this.routes[place] = route;
    this.moved[place] = (toClient ?? 0) + (toPeer ?? 0);
    this.listed += 1;
    return true;
  }

  private drop(place: number): void {
    this.store.dropRecord(place);
    this.names.release(this.peers[place]!);
    this.names.release(this.routes[place]!);
    this.peers[place] = NOTHING;
    this.listed -= 1;
  }

  private refreshAt(place: number): void {
    if ((this.peers[place] ?? NOTHING) === NOTHING || this.table.changed.has(place)) return;
    const session = this.table.openAt(place);
    if (session === undefined) return;
    const toClient = this.view.sentToClient(session);
    const toPeer = this.view.sentToPeer(session);
    const moved = (toClient ?? 0) + (toPeer ?? 0);
    if (moved === this.moved[place]) return;
    const record = this.store.readRecord(place);
    if (record === undefined) return;
    this.store.replaceRecord(place, withBytes(record, toClient, toPeer));
    this.moved[place] = moved;
  }

  /** Before a record or a name is stored, whoever will have to remove it is told. */
  private announceFor(place: number): boolean {
    const { span, nextName } = this.announced;
    const needed = this.names.next + 2;
    if (place < span && needed <= nextName) return true;
    return this.announce(
      Math.max(span, (Math.floor(place / SPAN_STEP) + 1) * SPAN_STEP),
      Math.max(nextName, needed + NAMES_STEP),
    );
  }

  private announceRest(): void {
    const { span, firstName, nextName, unlisted } = this.announced;
    const isEmpty = this.listed === 0 && span > 0;
    if (!isEmpty && unlisted === this.unlisted && this.names.first - firstName < NAMES_STEP) return;
    this.announce(isEmpty ? 0 : span, isEmpty ? this.names.next : nextName);
  }

  private announce(span: number, nextName: number): boolean {
    const extent = { span, firstName: this.names.first, nextName, unlisted: this.unlisted };
    const isDone = this.store.announce(extent);
    if (isDone) this.announced = extent;
    return isDone;
  }
}
