import type { PickInput } from "./contract";
import type { HomeTable } from "./home-table";
import { rehash, scaled } from "./key-hash";
import type { LoadView } from "./load-view";

/** Homes tried, the first one among them. While one in five has room, all of them fail once in 1,200 walks. */
const HOMES = 32;

const NOWHERE = -1;

/**
 * From a key's home on to the others, until one may be picked and is below its bound. The order depends on the key: the hash
 * is hashed again and looked up again, so those who take over share the keys as they share all keys. Then, rarely, it
 * goes through everybody from a place that depends on the key as well.
 * @param factor 0: there is no bound
 * @returns the place of the peer, or -1 if nobody may be picked; if all seem to be at their bound, the one with the least
 *   sessions per weight of those that were asked
 */
export function walk(
  hash: number,
  table: HomeTable,
  factor: number,
  view: LoadView,
  input: PickInput,
): number {
  let best = NOWHERE;
  let bestLoad = Infinity;
  for (let step = 0; step < HOMES; step++) {
    const place = table.home(step === 0 ? hash : rehash(hash, step));
    if (view.read(place, input)) {
      if (factor === 0 || view.hasRoom(place, factor)) return place;
      const load = view.relativeLoad(place);
      if (load < bestLoad) {
        best = place;
        bestLoad = load;
      }
    }
  }
  const { size } = view;
  const start = scaled(rehash(hash, HOMES), size);
  for (let step = start; step < start + size; step++) {
    const place = step < size ? step : step - size;
    // What was so a moment ago is good enough to pass somebody over.
    if (view.wasEligible(place) && mayBeBetter(place, factor, bestLoad, view) && view.read(place, input)) {
      if (factor === 0 || view.hasRoom(place, factor)) return place;
      const load = view.relativeLoad(place);
      if (load < bestLoad) {
        best = place;
        bestLoad = load;
      }
    }
  }
  return best === NOWHERE ? firstEligible(start, view, input) : best;
}

function mayBeBetter(place: number, factor: number, bestLoad: number, view: LoadView): boolean {
  return factor === 0 || view.hasRoom(place, factor) || view.relativeLoad(place) < bestLoad;
}

/** Nobody was known to be eligible: so everybody is asked. */
function firstEligible(start: number, view: LoadView, input: PickInput): number {
  const { size } = view;
  for (let step = start; step < start + size; step++) {
    const place = step < size ? step : step - size;
    if (view.read(place, input)) return place;
  }
  return NOWHERE;
}
