import { journalKey } from "./keys";

/**
 * What a publisher writes and what it replaces, kept in the shared dict: whoever comes after one that died in the middle
 * finishes or undoes its work by it.
 */
const WRITTEN = "+";
const REPLACED = "-";

/** @returns whether there was room for it */
export function noteWritten(dict: NgxSharedDict, generation: number, key: string): boolean {
  return note(dict, generation, WRITTEN + key);
}

export function noteReplaced(dict: NgxSharedDict, generation: number, key: string): boolean {
  return note(dict, generation, REPLACED + key);
}

function note(dict: NgxSharedDict, generation: number, entry: string): boolean {
  const [length] = dict.rpush(journalKey(generation), entry);
  return typeof length === "number";
}

/** Removes what a generation has replaced, if it is current, or else what was written for it. */
export function settle(dict: NgxSharedDict, generation: number, isCurrent: boolean): void {
  const journal = journalKey(generation);
  const obsolete = isCurrent ? REPLACED : WRITTEN;
  let [entry] = dict.lpop(journal);
  while (typeof entry === "string") {
    if (entry.startsWith(obsolete)) dict.delete(entry.substring(1));
    [entry] = dict.lpop(journal);
  }
}
