import type { Extent } from "./listing";

/** What a process says about its records, beside its name and the prefix of its ids. */
export interface Announcement extends Extent {
  /** The name of the process. */
  readonly holder: string;
  readonly prefix: string;
}

const WIDTH = 10;
const SEPARATOR = " ";

/** Always of the same length for the same process, so that it is replaced where it is. */
export function encodeAnnouncement({ holder, prefix, ...extent }: Announcement): string {
  const { span, firstName, nextName, unlisted } = extent;
  const numbers = [span, firstName, nextName, unlisted].map((value) => value.toString().padStart(WIDTH, "0"));
  return [...numbers, holder, prefix].join(SEPARATOR);
}

export function decodeAnnouncement(text: string): Announcement | undefined {
  const parts = text.split(SEPARATOR);
  if (parts.length !== 6) return undefined;
  return {
    span: Number(parts[0]),
    firstName: Number(parts[1]),
    nextName: Number(parts[2]),
    unlisted: Number(parts[3]),
    holder: parts[4]!,
    prefix: parts[5]!,
  };
}
