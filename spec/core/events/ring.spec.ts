import { append, oldestKept } from "../../../src/core/events/ring";
import { MemoryEvents } from "./memory-events";

function fill(store: MemoryEvents, count: number): void {
  for (const _ of $range(1, count)) append(store, (number) => `peer {"id":${number}}`);
}

test("every event has the next number", () => {
  const store = new MemoryEvents(500);
  fill(store, 3);
  expect(store.numbers()).toEqual([500, 501, 502]);
  expect(store.get(501)).toBe('peer {"id":501}');
});

test("the last thousand are kept", () => {
  const store = new MemoryEvents();
  fill(store, 2 * store.kept + 7);
  expect(store.numbers()).toHaveLength(store.kept);
  expect(store.numbers()[0]).toBe(oldestKept(store, store.last()));
});

test("what a writer left that died before it dropped an old event goes with the next one", () => {
  const store = new MemoryEvents();
  fill(store, store.kept);
  store.take();
  store.take();
  fill(store, 1);
  expect(store.numbers()[0]).toBe(4);
});

test("a store that is full loses the new event, and goes on when there is room", () => {
  const store = new MemoryEvents();
  fill(store, 2);
  store.isFull = true;
  expect(append(store, () => "peer {}")).toBe(false);
  store.isFull = false;
  expect(append(store, () => "peer {}")).toBe(true);
  expect(store.numbers()).toEqual([1, 2, 4]);
});
