import { consistsOf, isVisible } from "./characters";

/** Beyond this many names a typing mistake is not looked for: it would take longer than the rest of the check. */
const MAX_NAMES = 200;
const LONGEST_NAME = 64;

/** One more mistake is allowed for every three characters. */
function tolerance(length: number): number {
  return Math.max(1, Math.floor(length / 3));
}

/**
 * How many insertions, deletions, substitutions and swaps of neighbours turn one text into another (the optimal
 * string alignment distance), by the usual table, of which three rows are kept.
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last: number[] = [];
  for (const column of $range(0, to.length)) last.push(column);
  for (const row of $range(1, from.length)) {
    const current = [row];
    for (const column of $range(1, to.length)) {
      const isSame = from.charCodeAt(row - 1) === to.charCodeAt(column - 1);
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (isSame ? 0 : 1));
      if (
        row > 1 &&
        column > 1 &&
        from.charCodeAt(row - 1) === to.charCodeAt(column - 2) &&
        from.charCodeAt(row - 2) === to.charCodeAt(column - 1)
      ) {
        cost = Math.min(cost, beforeLast[column - 2]! + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length]!;
}

/** The name that was probably meant, whatever the case of its letters; the first of equals. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  if (typed.length > LONGEST_NAME || names.length > MAX_NAMES) return undefined;
  if (!consistsOf(typed, isVisible)) return undefined;
  const wanted = typed.toLowerCase();
  let best: string | undefined;
  let bestDistance = tolerance(typed.length) + 1;
  for (const name of names) {
    if (Math.abs(name.length - wanted.length) < bestDistance) {
      const distance = editDistance(wanted, name.toLowerCase());
      if (distance < bestDistance) {
        best = name;
        bestDistance = distance;
      }
    }
  }
  return best;
}

/** `; did you mean "x"?`, or nothing. */
export function suggestion(typed: string, names: readonly string[]): string {
  const name = nearest(typed, names);
  return name === undefined ? "" : `; did you mean "${name}"?`;
}
