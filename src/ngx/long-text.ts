/**
 * A long text in the shared dict, in pieces: the dict gives out runs of pages, and in one that has been in use for a while no
 * run may be long enough for all of it.
 */
const PIECE_BYTES = 64 * 1024;

/** @returns why it is not there, and then nothing of it is; `undefined` if it is */
export function putLongText(
  dict: NgxSharedDict,
  key: string,
  text: string,
  ttlS: number,
): string | undefined {
  const pieces = Math.max(1, Math.ceil(text.length / PIECE_BYTES));
  for (const piece of $range(1, pieces)) {
    const part = text.substring((piece - 1) * PIECE_BYTES, piece * PIECE_BYTES);
    const [isStored, err] = dict.safe_add(pieceKey(key, piece), part, ttlS);
    if (isStored !== true) {
      for (const stored of $range(1, piece - 1)) dict.delete(pieceKey(key, stored));
      return err ?? "not stored";
    }
  }
  const [isStored, err] = dict.safe_add(key, pieces, ttlS);
  if (isStored === true) return undefined;
  for (const stored of $range(1, pieces)) dict.delete(pieceKey(key, stored));
  return err ?? "not stored";
}

/** `undefined` if it is not there, or not whole. */
export function getLongText(dict: NgxSharedDict, key: string): string | undefined {
  const [pieces] = dict.get(key);
  if (typeof pieces !== "number") return undefined;
  const parts: string[] = [];
  for (const piece of $range(1, pieces)) {
    const [part] = dict.get(pieceKey(key, piece));
    if (typeof part !== "string") return undefined;
    parts.push(part);
  }
  return parts.join("");
}

export function removeLongText(dict: NgxSharedDict, key: string): void {
  const [pieces] = dict.get(key);
  dict.delete(key);
  if (typeof pieces !== "number") return;
  for (const piece of $range(1, pieces)) dict.delete(pieceKey(key, piece));
}

function pieceKey(key: string, piece: number): string {
  return `${key}:${piece}`;
}
