import { NULL } from "./documents";
import type { Json } from "./documents";

/** Values of one field that are accepted and refused, and where in a document the field stands. */
export interface FieldCase {
  readonly place: string;
  readonly accepted: readonly unknown[];
  readonly refused: readonly unknown[];
  /** Refused by the validator alone: a regular expression cannot tell. */
  readonly refusedBeyondSchema?: readonly unknown[];
  readonly document: (this: void, value: unknown) => Json;
}

/** Makes a document of an object's fields. */
export type Place = (this: void, fields: Json) => Json;

export function at(place: string, name: string, within: Place): Pick<FieldCase, "place" | "document"> {
  return { place: `${place}/${name}`, document: (value) => within({ [name]: value }) };
}

export const BOOLEANS = { accepted: [true, false], refused: [0, "true", NULL, {}] };
const NO_DURATIONS = [5, "5", "5 s", "1.5s", "1d", "05s", "", "-1s", "1h30m", NULL, true, ["5s"]];

export function durations(accepted: readonly string[], outOfRange: readonly string[]) {
  return { accepted, refused: NO_DURATIONS, refusedBeyondSchema: outOfRange };
}

export function integers(min: number, max: number) {
  return { accepted: [min, max], refused: [min - 1, max + 1, min + 0.5, 1 / 0, 0 / 0, `${min}`, NULL, true] };
}
