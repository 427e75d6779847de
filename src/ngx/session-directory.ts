import {
  FIRST_PAGE,
  PageReader,
  parseCursor,
  type ListedProcess,
  type SessionPage,
} from "../core/listing/page";
import type { Fallible } from "../core/fallible";
import type { SessionFilter } from "../core/session/filter";
import type { Pause } from "./chore";
import { listedPrefix, NAME_MARK } from "./keys";
import { readAnnouncement, readText, sessionsDict } from "./listing-store";
import { pidOf } from "./process";
import type { Processes } from "./processes";

/** The list of the open sessions of all processes, as the dicts have it: up to half a second old. */
export class SessionDirectory {
  constructor(
    private readonly dict: NgxSharedDict,
    private readonly processes: Processes,
  ) {}

  /**
   * One page of the sessions that the filter means.
   * @param after `next` of the page before, or `undefined` for the first
   * @returns the reason where `after` is no cursor
   */
  page(filter: SessionFilter, limit: number, after: string | undefined, pause: Pause): Fallible<SessionPage> {
    let from = FIRST_PAGE;
    if (after !== undefined) {
      const [cursor, err] = parseCursor(after);
      if (cursor === undefined) return $multi(undefined, err);
      from = cursor;
    }
    const records = sessionsDict();
    if (records === undefined) return $multi({ sessions: [] });
    const reader = new PageReader(
      {
        record: (slot, place) => readText(records, listedPrefix(slot) + place.toString()),
        name: (slot, number) => readText(records, listedPrefix(slot) + NAME_MARK + number.toString()),
      },
      filter,
      limit,
    );
    return $multi(reader.read(this.listed(pause), from, pause));
  }

  /** Open sessions that the list has no room for. */
  unlisted(pause: Pause): number {
    let sum = 0;
    const [living] = this.processes.sort(pause);
    for (const { id, slot } of living) {
      const announced = readAnnouncement(this.dict, slot);
      if (announced !== undefined && announced.holder === id) sum += announced.unlisted;
    }
    return sum;
  }

  /** In the order of their slots. */
  private listed(pause: Pause): readonly ListedProcess[] {
    const listed: ListedProcess[] = [];
    const [living] = this.processes.sort(pause);
    for (const { id, slot } of living) {
      const announced = readAnnouncement(this.dict, slot);
      if (announced !== undefined && announced.holder === id) {
        listed.push({ slot, pid: pidOf(id), prefix: announced.prefix, span: announced.span });
      }
    }
    return listed;
  }
}
