/** The ends of ranges, in milliseconds. */
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const YEAR_MS = 366 * DAY_MS;
/** nginx counts a timer's milliseconds in 32 bits with a sign. */
export const LONGEST_TIMER_MS = 24 * DAY_MS;
