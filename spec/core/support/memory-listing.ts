import type { Extent, ListingStore } from "../../../src/core/listing/listing";
import type { ListingReader } from "../../../src/core/listing/page";

/** The records and names of one process in memory, with room for so many. */
export class MemoryListing implements ListingStore {
  readonly records = new LuaMap<number, string>();
  readonly names = new LuaMap<number, string>();
  extent: Extent = { span: 0, firstName: 1, nextName: 1, unlisted: 0 };
  /** How many records and names there are. */
  size = 0;
  announcements = 0;
  writes = 0;
  /** What was done outside of what was announced. */
  trespasses = 0;

  constructor(public capacity: number) {}

  readonly reader: ListingReader = {
    record: (_slot, place) => this.records.get(place),
    name: (_slot, number) => this.names.get(number),
  };

  addRecord(place: number, record: string): boolean {
    if (this.size >= this.capacity || this.records.has(place)) return false;
    if (place >= this.extent.span) this.trespasses += 1;
    this.records.set(place, record);
    this.size += 1;
    this.writes += 1;
    return true;
  }

  readRecord(place: number): string | undefined {
    return this.records.get(place);
  }

  replaceRecord(place: number, record: string): void {
    const before = this.records.get(place) ?? "";
    if (before.length !== record.length) this.trespasses += 1;
    this.records.set(place, record);
    this.writes += 1;
  }

  dropRecord(place: number): void {
    if (this.records.has(place)) this.size -= 1;
    this.records.delete(place);
  }

  keepName(number: number, name: string): boolean {
    if (this.size >= this.capacity) return false;
    if (number < this.extent.firstName || number >= this.extent.nextName) this.trespasses += 1;
    this.names.set(number, name);
    this.size += 1;
    return true;
  }

  dropName(number: number): void {
    if (this.names.has(number)) this.size -= 1;
    this.names.delete(number);
  }

  announce(extent: Extent): boolean {
    this.extent = extent;
    this.announcements += 1;
    return true;
  }
}
