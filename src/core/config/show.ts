const MAX_SHOWN = 40;
const EXACT_INTEGERS = 1e14;
const EXACT_FRACTIONS = 1e9;

/** Text without anything but visible ASCII and spaces: what else there is becomes `?`, a run of it one `?`. */
export function printable(text: string, max: number): string {
  let shown = "";
  let isInRun = false;
  for (const index of $range(0, text.length - 1)) {
    const code = text.charCodeAt(index);
    const isShown = code >= 0x20 && code <= 0x7e;
    if (isShown || !isInRun) {
      if (shown.length === max) return `${shown}...`;
      shown += isShown ? text.charAt(index) : "?";
    }
    isInRun = !isShown;
  }
  return shown;
}

export function quote(text: string): string {
  return `"${printable(text, MAX_SHOWN)}"`;
}

/** Only numbers that every runtime spells alike are spelled out. */
function showNumber(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Math.floor(value) === value) return size < EXACT_INTEGERS ? `${value}` : "a very large number";
  const rounded = Math.floor(value * 1000) / 1000;
  return size < EXACT_FRACTIONS && rounded === value ? `${value}` : "a fraction";
}

/** A value in a few words for a message. */
export function show(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return showNumber(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  // A JSON null is null in Node and a userdata in Lua.
  if (typeof value !== "object" || value === null) return "null";
  if (Object.keys(value).length === 0) return "an empty object or list";
  return Array.isArray(value) ? "a list" : "an object";
}

/** `"a"`, `"a" or "b"`, `"a", "b" or "c"`. */
export function alternatives(words: readonly string[]): string {
  let shown = "";
  for (const index of $range(0, words.length - 1)) {
    const separator = index === 0 ? "" : index === words.length - 1 ? " or " : ", ";
    shown += separator + quote(words[index]!);
  }
  return shown;
}
