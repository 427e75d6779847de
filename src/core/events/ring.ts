/** The last events of a gateway, each under its number. */
export interface EventStore {
  /** How many events stay; older ones are dropped. */
  readonly kept: number;
  /** The number of the first event since the store was made; numbers of an earlier store are lower. */
  first(): number;
  /** The number that was taken last; one less than the first if none was. */
  last(): number;
  /** Takes the next number; `undefined` if there is no store. */
  take(): number | undefined;
  /** Says whether there was room; what is there is never thrown out for it. */
  put(number: number, text: string): boolean;
  get(number: number): string | undefined;
  drop(number: number): void;
}

/** How many old events a writer drops: its own, and those of writers before it that died before they came to it. */
const DROPPED_BY_EACH = 4;

/** The lowest number whose event may still be there. */
export function oldestKept(store: EventStore, last: number): number {
  return Math.max(store.first(), last - store.kept + 1);
}

/**
 * Adds an event. The number comes first, so for a moment, or for good if its writer dies or there is no room, a number may
 * be without its event.
 * @param describe makes the text for a number
 * @returns whether it is there
 */
export function append(store: EventStore, describe: (this: void, number: number) => string): boolean {
  const number = store.take();
  if (number === undefined) return false;
  for (const nth of $range(0, DROPPED_BY_EACH - 1)) store.drop(number - store.kept - nth);
  return store.put(number, describe(number));
}
