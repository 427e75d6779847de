import { printable, paint } from "./style";
import type { Style } from "./style";

export interface Difference {
  /** A JSON pointer in which elements of lists stand by their id, as in `/upstreams/chat/peers/a/weight`. */
  readonly pointer: string;
  /** `undefined`: it is not there. */
  readonly before: unknown;
  readonly after: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** Where two configurations differ, deepest places only. Peers and routes are compared by id, wherever they stand. */
export function differences(before: unknown, after: unknown, pointer = ""): Difference[] {
  if (isEqual(before, after)) return [];
  const [left, right] = [fieldsOf(before), fieldsOf(after)];
  if (left === undefined || right === undefined) return [{ pointer, before, after }];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  const found = names.flatMap((name) =>
    differences(
      ownField(left, name),
      ownField(right, name),
      `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
    ),
  );
  // Nothing in them differs, so their order does.
  return found.length > 0 ? found : [{ pointer, before: orderOf(before), after: orderOf(after) }];
}

export function renderDifferences(found: readonly Difference[], style: Style): string {
  return found.map((difference) => `${describe(difference, style)}\n`).join("");
}

function describe({ pointer, before, after }: Difference, style: Style): string {
  const where = printable(pointer === "" ? "/" : pointer);
  if (before === undefined) return paint(style, "green", `+ ${where}: ${show(after)}`);
  if (after === undefined) return paint(style, "red", `- ${where}: ${show(before)}`);
  return paint(style, "yellow", `~ ${where}: ${show(before)} -> ${show(after)}`);
}

function show(value: unknown): string {
  return printable(JSON.stringify(value));
}

/** The fields of an object; the elements of a list by id, where each has one of its own. */
function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) return value as Fields;
  const names = value.map(nameOf);
  if (names.includes(undefined) || new Set(names).size < names.length) return undefined;
  return Object.fromEntries(value.map((element, at) => [names[at]!, element as unknown]));
}

function orderOf(list: unknown): string {
  return `in the order ${(list as unknown[]).map(nameOf).join(", ")}`;
}

/** A peer without an id has its address for one. */
function nameOf(element: unknown): string | undefined {
  if (typeof element !== "object" || element === null) return undefined;
  const { id, address } = element as Fields;
  return typeof id === "string" ? id : typeof address === "string" ? address : undefined;
}

/** `undefined` also for what every object has by itself. */
function ownField(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** Fields have no order; elements do. */
function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const [one, other] = [left as Fields, right as Fields];
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => Object.hasOwn(other, name) && isEqual(one[name], other[name]));
}
