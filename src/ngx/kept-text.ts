/**
 * Texts in the shared dict that are replaced or stay as they are. `safe_set` drops the old value, if it has another length,
 * before it looks for room, so a dict that is full would end up with neither. Here the new text goes into the free one of
 * two slots, and then a number, which is changed in place, points there. One process writes a text, all may read it.
 */

/** @returns why the old text, or none, is still there; `undefined` if it is this one now */
export function replaceText(dict: NgxSharedDict, key: string, text: string): string | undefined {
  const [slot] = dict.get(key);
  const free = slot === 1 ? 2 : 1;
  // What a writer that died in the middle may have left.
  dict.delete(slotKey(key, free));
  const [isStored, storeErr] = dict.safe_add(slotKey(key, free), text);
  if (isStored !== true) return storeErr ?? "not stored";
  const [isSwitched, switchErr] = dict.safe_set(key, free);
  dict.delete(slotKey(key, isSwitched === true ? 3 - free : free));
  return isSwitched === true ? undefined : (switchErr ?? "not stored");
}

export function readText(dict: NgxSharedDict, key: string): string | undefined {
  return readSlot(dict, key) ?? readSlot(dict, key);
}

export function removeText(dict: NgxSharedDict, key: string): void {
  dict.delete(key);
  dict.delete(slotKey(key, 1));
  dict.delete(slotKey(key, 2));
}

/** `undefined` also if the text was replaced between the two looks. */
function readSlot(dict: NgxSharedDict, key: string): string | undefined {
  const [slot] = dict.get(key);
  if (typeof slot !== "number") return undefined;
  const [text] = dict.get(slotKey(key, slot));
  return typeof text === "string" ? text : undefined;
}

function slotKey(key: string, slot: number): string {
  return `${key}:${slot}`;
}
