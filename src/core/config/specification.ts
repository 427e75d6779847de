import type { Fallible } from "../fallible";
import type { Findings } from "./findings";

/**
 * The language in which the fields of the document are described. One description serves the validator, which walks
 * it over a document, and the JSON Schema, which is derived from it.
 */

/** A kind of text. */
export interface Format<T = string> {
  /** Goes behind "expected". */
  readonly expected: string;
  /** The same texts as a regular expression for the JSON Schema, as far as one can tell; none for any text. */
  readonly pattern?: string;
  /** What the text stands for. */
  readonly parse: (this: void, text: string) => Fallible<T>;
  /** The text that stands for a value, if one does; without it the value is a text itself. */
  readonly write?: (this: void, value: unknown) => string | undefined;
}

export interface TextSpec {
  readonly kind: "text";
  readonly format: Format<unknown>;
}

export interface NumberSpec {
  readonly kind: "integer" | "number";
  readonly min: number;
  readonly max: number;
}

export interface BooleanSpec {
  readonly kind: "boolean";
}

/** One of some words. A boolean stands for a word where `whenTrue` and `whenFalse` name one. */
export interface ChoiceSpec {
  readonly kind: "choice";
  readonly values: readonly string[];
  readonly whenTrue?: string;
  readonly whenFalse?: string;
}

export interface DurationSpec {
  readonly kind: "duration";
  readonly minMs: number;
  readonly maxMs: number;
  /** The unit of the result, in milliseconds; the duration must be a whole number of them. */
  readonly stepMs: number;
}

/** What a header or a query argument has to be. */
export interface ConditionSpec {
  readonly kind: "condition";
}

export interface ListSpec {
  readonly kind: "list";
  readonly of: Spec;
  readonly max: number;
  /** The key of an item that no two may share; without it, no two items may be the same text. */
  readonly uniqueBy?: string;
}

/** An object whose keys are the operator's. */
export interface MapSpec {
  readonly kind: "map";
  readonly keys: Format;
  readonly of: Spec;
  readonly max: number;
  /** A list of the values in the order of their keys, which stand in each as `name`, instead of an object. */
  readonly isList: boolean;
}

export interface ObjectSpec {
  readonly kind: "object";
  readonly fields: readonly AnyField[];
  /** `false` stands for none of it. */
  readonly isSwitchable: boolean;
  /** `true` stands for an empty object. */
  readonly isSwitchedOnByTrue: boolean;
  /** The field that a plain string stands for. */
  readonly shorthand?: string;
  /** Where strings, numbers and booleans of unknown names go; without it they are errors. */
  readonly rest?: string;
  /** Exactly one of these fields has to be there. */
  readonly oneOf?: readonly string[];
  /** Looks at the fields together, as far as they could be read, and fills in what depends on others. */
  readonly complete?: (this: void, draft: Draft<Record<string, unknown>>, findings: Findings) => void;
}

type AnySpec =
  | TextSpec
  | NumberSpec
  | BooleanSpec
  | ChoiceSpec
  | DurationSpec
  | ConditionSpec
  | ListSpec
  | MapSpec
  | ObjectSpec;

/** `T` is what a value of the kind becomes in the snapshot; it has no value at run time. */
export type Spec<T = unknown> = AnySpec & { readonly becomes?: T };

/** What could be read of a value that has errors. */
export type Draft<T> = { -readonly [K in keyof T]?: T[K] };

export interface AnyField {
  readonly name: string;
  /** The key in the snapshot; without it the field is only checked. */
  readonly into?: string;
  readonly is: Spec;
  /** As the operator would write it. Without it, and not required, an absent field is absent in the snapshot. */
  readonly default?: unknown;
  readonly isRequired?: boolean;
  /** For the operator; the schema's description. */
  readonly about: string;
}

/** A field whose kind fits the key of `T` it goes to. */
export type Field<T> =
  | {
      [K in keyof T & string]-?: AnyField & {
        readonly into: K;
        readonly is: Spec<Exclude<T[K], undefined>>;
      };
    }[keyof T & string]
  | (AnyField & { readonly into?: undefined });

interface ObjectOptions<T> {
  readonly isSwitchable?: boolean;
  readonly isSwitchedOnByTrue?: boolean;
  readonly shorthand?: string;
  readonly rest?: string;
  readonly oneOf?: readonly string[];
  readonly complete?: (this: void, draft: Draft<T>, findings: Findings) => void;
}

export function text<T>(format: Format<T>): Spec<T> {
  return { kind: "text", format };
}

export function integer(min: number, max: number): Spec<number> {
  return { kind: "integer", min, max };
}

export function number(min: number, max: number): Spec<number> {
  return { kind: "number", min, max };
}

export function boolean(): Spec<boolean> {
  return { kind: "boolean" };
}

export function choice<T extends string>(...values: readonly T[]): Spec<T> {
  return { kind: "choice", values };
}

/** A choice of three, of which `true` and `false` mean the latter two. */
export function triState<T extends string>(auto: T, whenTrue: T, whenFalse: T): Spec<T> {
  return { kind: "choice", values: [auto, whenTrue, whenFalse], whenTrue, whenFalse };
}

export function durationMs(minMs: number, maxMs: number): Spec<number> {
  return { kind: "duration", minMs, maxMs, stepMs: 1 };
}

export function list<T>(of: Spec<T>, max: number, uniqueBy?: string): Spec<readonly T[]> {
  return { kind: "list", of, max, uniqueBy };
}

export function object<T>(fields: readonly Field<T>[], options: ObjectOptions<T> = {}): Spec<T> {
  return {
    kind: "object",
    fields,
    isSwitchable: options.isSwitchable === true,
    isSwitchedOnByTrue: options.isSwitchedOnByTrue === true,
    shorthand: options.shorthand,
    rest: options.rest,
    oneOf: options.oneOf,
    complete: options.complete as ObjectSpec["complete"],
  };
}
