import { isDigit } from "../config/characters";

const DOT = 0x2e;
const DASH = 0x2d;

/**
 * What nginx's variable tells of one attempt: a number, or `-`.
 * @param list of all attempts; what separates them differs
 * @param attempt the first is 1
 */
export function valueOfAttempt(list: string, attempt: number): string | undefined {
  let nth = 0;
  let start = -1;
  for (const index of $range(0, list.length)) {
    const isPart = index < list.length && isPartOfValue(list.charCodeAt(index));
    if (isPart && start < 0) start = index;
    if (!isPart && start >= 0) {
      nth += 1;
      if (nth === attempt) return list.substring(start, index);
      start = -1;
    }
  }
  return undefined;
}

function isPartOfValue(code: number): boolean {
  return isDigit(code) || code === DOT || code === DASH;
}
