const MS_PER_S = 1000;
const S_PER_DAY = 86400;
const DAYS_PER_ERA = 146097;
/** From the first of March of the year 0 to the first of January 1970. */
const DAYS_TO_EPOCH = 719468;

/** `2026-03-01T07:05:09.042Z`. @param time seconds since the epoch, with fractions */
export function toRfc3339(time: number): string {
  // Rounded: a fraction of a second is seldom exact in binary, and cutting it would show a millisecond too few.
  const ms = Math.floor(time * MS_PER_S + 0.5);
  const s = Math.floor(ms / MS_PER_S);
  const day = Math.floor(s / S_PER_DAY);
  const ofDay = s - day * S_PER_DAY;
  const clock = `${padded(Math.floor(ofDay / 3600), 2)}:${padded(Math.floor(ofDay / 60) % 60, 2)}`;
  return `${toDate(day)}T${clock}:${padded(ofDay % 60, 2)}.${padded(ms - s * MS_PER_S, 3)}Z`;
}

/**
 * The date of a day since the epoch, in the Gregorian calendar. Years are counted from March, so that the leap day comes last, in
 * eras of 400 years (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).
 */
function toDate(day: number): string {
  const shifted = day + DAYS_TO_EPOCH;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const ofEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36524) - Math.floor(ofEra / 146096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const dayOfMonth = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(dayOfMonth, 2)}`;
}

function padded(value: number, width: number): string {
  const text = value.toString();
  return "0".repeat(Math.max(width - text.length, 0)) + text;
}
