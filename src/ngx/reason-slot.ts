/**
 * A text in the shared dict of a fixed length, padded with blanks: its room is taken at the start and kept, so that it can be
 * changed when the dict is full, to say just that. Two of them fit into one page of the dict.
 */
const LENGTH_BYTES = 1900;

export function reserveReason(dict: NgxSharedDict, key: string): void {
  dict.safe_add(key, " ".repeat(LENGTH_BYTES));
}

/** @param reason `""` for none; what is too long is cut */
export function writeReason(dict: NgxSharedDict, key: string, reason: string): void {
  const kept = reason.substring(0, LENGTH_BYTES);
  dict.safe_set(key, kept + " ".repeat(LENGTH_BYTES - kept.length));
}

export function readReason(dict: NgxSharedDict, key: string): string {
  const [value] = dict.get(key);
  return typeof value === "string" ? value.trimEnd() : "";
}
