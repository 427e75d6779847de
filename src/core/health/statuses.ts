import type { Fallible } from "../fallible";
import { isDigit } from "../config/characters";

/** Two numbers for each range, the second not below the first. */
export type Statuses = readonly number[];

const LENGTH = 3;
const MIN = 100;
const MAX = 599;

/** Reads `200,300-399`. */
export function parseStatuses(text: string): Fallible<Statuses> {
  const bounds: number[] = [];
  for (const part of text.split(",")) {
    const [first, last, more] = part.split("-");
    const low = readStatus(first ?? "");
    const high = last === undefined ? low : readStatus(last);
    if (low === undefined || high === undefined || more !== undefined)
      return $multi(undefined, `"${part}" is no status from ${MIN} to ${MAX} and no range`);
    if (high < low) return $multi(undefined, `"${part}" ends before it begins`);
    bounds.push(low, high);
  }
  return $multi(bounds);
}

export function hasStatus(statuses: Statuses, status: number): boolean {
  for (let index = 0; index + 1 < statuses.length; index += 2) {
    if (status >= statuses[index]! && status <= statuses[index + 1]!) return true;
  }
  return false;
}

function readStatus(text: string): number | undefined {
  if (text.length !== LENGTH) return undefined;
  let status = 0;
  for (const index of $range(0, LENGTH - 1)) {
    const code = text.charCodeAt(index);
    if (!isDigit(code)) return undefined;
    status = status * 10 + code - 0x30;
  }
  return status >= MIN && status <= MAX ? status : undefined;
}
