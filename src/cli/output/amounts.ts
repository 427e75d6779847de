const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Bytes in decimal units, in one word: `0B`, `999B`, `1.2kB`, `35MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const text = unit === 0 || value >= 9.95 ? value.toFixed(0) : value.toFixed(1);
  return `${text}${UNITS[unit]}`;
}

/** A rate per second: `0`, `0.4`, `12`. */
export function formatRate(perSecond: number): string {
  return perSecond === 0 || perSecond >= 9.95 ? perSecond.toFixed(0) : perSecond.toFixed(1);
}

const AGES: readonly [unit: string, ms: number][] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
];

/** How long ago something was, in whole units: `0s`, `59s`, `3m`, `47h`, `2d`. */
export function formatAge(ms: number): string {
  for (const [unit, length] of AGES) {
    const isLong = unit === "d" ? ms >= 2 * length : ms >= length;
    if (isLong) return `${Math.floor(ms / length)}${unit}`;
  }
  return `${Math.floor(ms / 1000)}s`;
}

/** "1 session", "2 sessions". */
export function count(amount: number, word: string): string {
  return `${amount} ${word}${amount === 1 ? "" : "s"}`;
}
