import { EventReader } from "../../../src/core/events/event-reader";
import { append } from "../../../src/core/events/ring";
import type { Clock } from "../../../src/core/ports";
import { MemoryEvents } from "./memory-events";

const MUCH = 1_000_000;

let store: MemoryEvents;
let now: number;
const clock: Clock = { now: () => now };

beforeEach(() => {
  store = new MemoryEvents(101);
  now = 50;
});

function tell(...types: string[]): void {
  for (const type of types) append(store, (number) => `${type} {"id":${number}}`);
}

function resume(position: number): EventReader {
  return new EventReader(store, clock, position, undefined);
}

/** The ids in a piece of a stream. */
function ids(piece: string): number[] {
  const found: number[] = [];
  for (const line of piece.split("\n")) if (line.startsWith("id: ")) found.push(Number(line.substring(4)));
  return found;
}

describe("a reader", () => {
  it("gets each event once, in order, with its id and type", () => {
    const reader = EventReader.fromNow(store, clock, undefined);
    tell("config", "peer");
    expect(reader.read(MUCH)).toBe(
      'id: 101\nevent: config\ndata: {"id":101}\n\nid: 102\nevent: peer\ndata: {"id":102}\n\n',
    );
    expect(reader.read(MUCH)).toBe("");
    tell("peer");
    expect(ids(reader.read(MUCH))).toEqual([103]);
  });

  it("gets nothing from before, unless it asks for the oldest or comes with an id", () => {
    tell("peer", "peer", "peer");
    expect(EventReader.fromNow(store, clock, undefined).read(MUCH)).toBe("");
    expect(ids(EventReader.fromOldest(store, clock, undefined).read(MUCH))).toEqual([101, 102, 103]);
    expect(ids(resume(102).read(MUCH))).toEqual([103]);
  });

  it("gets only the types that it wants, and its place moves on past the others", () => {
    const types = new LuaSet<string>();
    types.add("drain");
    const reader = EventReader.fromNow(store, clock, types);
    tell("peer", "drain", "peer");
    expect(ids(reader.read(MUCH))).toEqual([102]);
    expect(reader.heartbeat("still here")).toBe(": still here\nid: 103\n\n");
  });

  it("gets many events in pieces", () => {
    const reader = EventReader.fromNow(store, clock, undefined);
    for (const _ of $range(1, 100)) tell("peer");
    const pieces: number[][] = [];
    for (let piece = reader.read(1000); piece !== ""; piece = reader.read(1000)) {
      expect(piece.length < 1100).toBe(true);
      pieces.push(ids(piece));
    }
    expect(pieces.length > 3).toBe(true);
    expect(pieces.flat()).toEqual(Array.from({ length: 100 }, (_, nth) => 101 + nth));
  });

  it("waits for an event whose number is taken, and goes on without one that never comes", () => {
    const reader = EventReader.fromNow(store, clock, undefined);
    const number = store.take();
    tell("peer");
    expect(reader.read(MUCH)).toBe("");
    store.put(number, "config {}");
    expect(ids(reader.read(MUCH))).toEqual([101, 102]);

    store.take();
    tell("peer");
    expect(reader.read(MUCH)).toBe("");
    now += 0.6;
    expect(ids(reader.read(MUCH))).toEqual([104]);
  });

  it("does not wait for ever where the clock was set back", () => {
    const reader = EventReader.fromNow(store, clock, undefined);
    store.take();
    tell("peer");
    reader.read(MUCH);
    now -= 1000;
    expect(ids(reader.read(MUCH))).toEqual([102]);
  });
});

describe("a reader whose next event is not there any more", () => {
  it("is told how many it missed, and with which id to go on", () => {
    const reader = EventReader.fromNow(store, clock, undefined);
    for (const _ of $range(1, store.kept)) tell("peer");
    expect(reader.dropNote()).toBe(undefined);
    tell("peer", "peer");
    expect(reader.read(MUCH)).toBe("");
    expect(reader.dropNote()).toBe('id: 102\nevent: dropped\ndata: {"missed":2,"restarted":false}\n\n');
    expect(ids(resume(102).read(MUCH))).toHaveLength(store.kept);
  });

  it("is told that there was a restart, if its id is from another store", () => {
    tell("peer", "peer");
    const note = 'id: 100\nevent: dropped\ndata: {"missed":0,"restarted":true}\n\n';
    for (const position of [1, 99, 103, 900]) {
      expect(resume(position).read(MUCH)).toBe("");
      expect(resume(position).dropNote()).toBe(note);
    }
    expect(resume(100).dropNote()).toBe(undefined);
    expect(resume(102).dropNote()).toBe(undefined);
  });

  it("has missed nothing if it comes when there is no event yet", () => {
    expect(EventReader.fromNow(store, clock, undefined).dropNote()).toBe(undefined);
    expect(EventReader.fromOldest(store, clock, undefined).dropNote()).toBe(undefined);
  });
});
