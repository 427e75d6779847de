import type { Fallible } from "../fallible";
import { isDigit } from "./characters";

/** What `parseDuration` reads, for the JSON Schema. */
export const DURATION_PATTERN = "^(0|[1-9][0-9]{0,9})(ms|s|m|h)$";

/** More digits than any range allows, few enough that the product with an hour stays an exact integer. */
const MAX_DIGITS = 10;

function unitMs(unit: string): number | undefined {
  if (unit === "ms") return 1;
  if (unit === "s") return 1000;
  if (unit === "m") return 60_000;
  if (unit === "h") return 3_600_000;
  return undefined;
}

/** Milliseconds of `500ms`, `30s`, `5m` or `1h`: one whole number without leading zeros, one unit. */
export function parseDuration(text: string): Fallible<number> {
  let count = 0;
  let digits = 0;
  while (digits <= MAX_DIGITS && isDigit(text.charCodeAt(digits))) {
    count = count * 10 + (text.charCodeAt(digits) - 0x30);
    digits += 1;
  }
  if (digits === 0) return $multi(undefined, "it does not start with a whole number");
  if (digits > MAX_DIGITS) return $multi(undefined, "the number is too long");
  if (digits > 1 && text.startsWith("0")) return $multi(undefined, "the number starts with 0");
  const factor = unitMs(text.substring(digits));
  if (factor === undefined) return $multi(undefined, "the unit is not ms, s, m or h");
  return $multi(count * factor);
}

/** A duration in its largest whole unit: the inverse of `parseDuration`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  for (const unit of ["h", "m", "s"]) {
    const count = ms / unitMs(unit)!;
    if (Math.floor(count) === count) return `${count}${unit}`;
  }
  return `${ms}ms`;
}
