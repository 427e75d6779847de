import type { Clock } from "../ports";
import { readEvent } from "./event";
import { oldestKept, type EventStore } from "./ring";

/** A number is taken a moment before its event is there; after this long it never will be. */
const HOLE_PATIENCE_S = 0.5;

/** One reader's way through the events, in the words of a stream of server-sent events (WHATWG HTML, 9.2). */
export class EventReader {
  private holeSince: number | undefined;

  /**
   * @param position the number of the event that was read last
   * @param types those wanted; `undefined` for all
   */
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private position: number,
    private readonly types: LuaSet<string> | undefined,
  ) {}

  /** Nothing of what was told before, and everything after. */
  static fromNow(store: EventStore, clock: Clock, types: LuaSet<string> | undefined): EventReader {
    return new EventReader(store, clock, store.last(), types);
  }

  /** Beginning with the oldest event that there is. */
  static fromOldest(store: EventStore, clock: Clock, types: LuaSet<string> | undefined): EventReader {
    return new EventReader(store, clock, oldestKept(store, store.last()) - 1, types);
  }

  /**
   * The events that are new, of those wanted, in order; `""` if there are none.
   * @param limitBytes no event is begun beyond it: what is left comes with the next call
   */
  read(limitBytes: number): string {
    const parts: string[] = [];
    let length = 0;
    while (length < limitBytes && this.isNextKept()) {
      const text = this.store.get(this.position + 1);
      if (text === undefined && !this.hasWaitedForHole()) break;
      this.holeSince = undefined;
      this.position += 1;
      const event = text === undefined ? "" : this.render(text);
      parts.push(event);
      length += event.length;
    }
    return parts.join("");
  }

  /**
   * What to tell a reader whose next event is not there any more, or whose number is not of this store; `undefined` while it can go
   * on. Its id is such that whoever resumes with it gets what is left.
   */
  dropNote(): string | undefined {
    const first = this.store.first();
    const last = this.store.last();
    const oldest = oldestKept(this.store, last);
    const isForeign = this.position < first - 1 || this.position > last;
    if (!isForeign && this.position + 1 >= oldest) return undefined;
    const missed = oldest - (isForeign ? first : this.position + 1);
    return `id: ${oldest - 1}\nevent: dropped\ndata: {"missed":${missed},"restarted":${isForeign}}\n\n`;
  }

  /** A sign of life that no reader takes for an event; it moves the place to resume from past what was not wanted. */
  heartbeat(comment: string): string {
    return `: ${comment}\nid: ${this.position}\n\n`;
  }

  private render(text: string): string {
    const [type, json] = readEvent(text);
    if (this.types !== undefined && !this.types.has(type)) return "";
    return `id: ${this.position}\nevent: ${type}\ndata: ${json}\n\n`;
  }

  private isNextKept(): boolean {
    const last = this.store.last();
    return this.position < last && this.position + 1 >= oldestKept(this.store, last);
  }

  private hasWaitedForHole(): boolean {
    const now = this.clock.now();
    this.holeSince ??= now;
    // The clock may be set back.
    return Math.abs(now - this.holeSince) >= HOLE_PATIENCE_S;
  }
}
