import { decodeAnnouncement, encodeAnnouncement, type Announcement } from "../core/listing/announcement";
import type { Extent, ListingStore } from "../core/listing/listing";
import type { Pause } from "./chore";
import { listedPrefix, listingKey, NAME_MARK } from "./keys";
import { processId } from "./process";

/** The records of sessions; `undefined` where an older conf does not declare the dict. */
export function sessionsDict(): NgxSharedDict | undefined {
  return ngx.shared["switchboard_sessions"];
}

/**
 * The records of one process's sessions, and the names in them, in the sessions' dict. It says in the other dict how far they
 * go, so that they can be read, and removed if it cannot do that itself. Nothing evicts.
 */
export class SlotListing implements ListingStore {
  private readonly keyPrefix: string;
  private readonly namePrefix: string;

  /** @param slot of this process in the register */
  constructor(
    private readonly dict: NgxSharedDict,
    private readonly records: NgxSharedDict,
    private readonly slot: number,
    /** What the ids of its sessions begin with. */
    private readonly idPrefix: string,
  ) {
    this.keyPrefix = listedPrefix(slot);
    this.namePrefix = this.keyPrefix + NAME_MARK;
  }

  addRecord(place: number, record: string): boolean {
    const [isAdded] = this.records.safe_add(this.keyPrefix + place.toString(), record);
    return isAdded === true;
  }

  readRecord(place: number): string | undefined {
    return readText(this.records, this.keyPrefix + place.toString());
  }

  replaceRecord(place: number, record: string): void {
    this.records.safe_set(this.keyPrefix + place.toString(), record);
  }

  dropRecord(place: number): void {
    this.records.delete(this.keyPrefix + place.toString());
  }

  keepName(number: number, name: string): boolean {
    const [isAdded] = this.records.safe_add(this.namePrefix + number.toString(), name);
    return isAdded === true;
  }

  dropName(number: number): void {
    this.records.delete(this.namePrefix + number.toString());
  }

  announce(extent: Extent): boolean {
    const text = encodeAnnouncement({ ...extent, holder: processId(), prefix: this.idPrefix });
    const [isSet] = this.dict.safe_set(listingKey(this.slot), text);
    return isSet === true;
  }
}

export function readAnnouncement(dict: NgxSharedDict, slot: number): Announcement | undefined {
  const text = readText(dict, listingKey(slot));
  return text === undefined ? undefined : decodeAnnouncement(text);
}

/** Removes all that the process in the slot has, or had, in the list. */
export function removeListing(
  dict: NgxSharedDict,
  records: NgxSharedDict | undefined,
  slot: number,
  pause: Pause,
): void {
  const announced = readAnnouncement(dict, slot);
  if (announced === undefined) return;
  if (records !== undefined) {
    const prefix = listedPrefix(slot);
    for (const place of $range(0, announced.span - 1)) {
      records.delete(prefix + place.toString());
      pause();
    }
    for (const name of $range(announced.firstName, announced.nextName - 1)) {
      records.delete(prefix + NAME_MARK + name.toString());
      pause();
    }
  }
  dict.delete(listingKey(slot));
}

export function readText(dict: NgxSharedDict, key: string): string | undefined {
  const [value] = dict.get(key);
  return typeof value === "string" ? value : undefined;
}
