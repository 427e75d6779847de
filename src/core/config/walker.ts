import type { Findings } from "./findings";
import { isShowable } from "./findings";
import { suggestion } from "./nearest";
import { refuse, walkChoice, walkDuration, walkNumber, walkText } from "./scalars";
import { alternatives, quote, show } from "./show";
import type { AnyField, Format, ListSpec, MapSpec, ObjectSpec, Spec } from "./specification";

export type Json = Readonly<Record<string, unknown>>;

const NOTHING: Json = {};
const NO_ITEMS: readonly unknown[] = [];

/**
 * Where a document comes from Lua's decoder, an empty object and an empty list are the same; so each passes for the
 * other, in every runtime.
 */
function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

function asObject(value: unknown): Json | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) return value as Json;
  return isEmpty(value) ? NOTHING : undefined;
}

function asList(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return value as unknown[];
  return isEmpty(value) ? NO_ITEMS : undefined;
}

/**
 * Checks a value against its description, reports what is wrong and returns what it becomes in the snapshot: as far
 * as it could be read, so that the checks of several fields together need not wait until each is right.
 */
export function walk<T>(spec: Spec<T>, value: unknown, findings: Findings): T | undefined {
  return walkAny(spec, value, findings) as T | undefined;
}

function walkAny(spec: Spec, value: unknown, findings: Findings): unknown {
  switch (spec.kind) {
    case "text":
      return walkText(spec.format, value, findings);
    case "integer":
    case "number":
      return walkNumber(spec, value, findings);
    case "boolean":
      if (typeof value === "boolean") return value;
      return refuse("true or false", value, findings);
    case "choice":
      return walkChoice(spec, value, findings);
    case "duration":
      return walkDuration(spec, value, findings);
    case "condition":
      if (typeof value === "string" || typeof value === "boolean") return value;
      return refuse("a string, true (it is there) or false (it is not)", value, findings);
    case "list":
      return walkList(spec, value, findings);
    case "map":
      return walkMap(spec, value, findings);
    case "object":
      return walkObject(spec, value, findings);
  }
}

function walkList(spec: ListSpec, value: unknown, findings: Findings): readonly unknown[] | undefined {
  const items = asList(value);
  if (items === undefined) return refuse("a list", value, findings);
  if (items.length > spec.max) {
    findings.report(`expected at most ${spec.max} items, found ${items.length}`);
    return undefined;
  }
  const walked: unknown[] = [];
  const owners = new LuaMap<string, number>();
  for (const index of $range(0, items.length - 1)) {
    findings.enter(index);
    const item = walkAny(spec.of, items[index], findings);
    if (item !== undefined) {
      if (items.length > 1) checkUnique(spec, item, index, owners, findings);
      walked.push(item);
    }
    findings.leave();
  }
  return walked;
}

function checkUnique(
  spec: ListSpec,
  item: unknown,
  index: number,
  owners: LuaMap<string, number>,
  findings: Findings,
): void {
  const name = spec.uniqueBy;
  const identity = name === undefined ? item : (item as Json)[name];
  if (typeof identity !== "string") return;
  const owner = owners.get(identity);
  if (owner === undefined) {
    owners.set(identity, index);
    return;
  }
  const what = name === undefined ? "" : `${name} `;
  findings.report(`duplicate ${what}${show(identity)}: ${findings.sibling(owner)} has it already`);
}

function walkMap(spec: MapSpec, value: unknown, findings: Findings): unknown {
  const record = asObject(value);
  if (record === undefined) return refuse("an object", value, findings);
  const keys = Object.keys(record);
  if (keys.length > spec.max) {
    findings.report(`expected at most ${spec.max} entries, found ${keys.length}`);
    return undefined;
  }
  keys.sort();
  const entries: [string, unknown][] = [];
  const taken = new LuaSet<string>();
  for (const key of keys) {
    findings.enter(key);
    const name = walkKey(spec.keys, key, taken, findings);
    const item = isShowable(key) ? walkAny(spec.of, record[key], findings) : undefined;
    findings.leave();
    if (name !== undefined && item !== undefined) entries.push([name, item]);
  }
  return spec.isList ? listOf(entries) : Object.fromEntries(entries);
}

/** The name that a key stands for, unless it is malformed or another key stands for it too. */
function walkKey(format: Format, key: string, taken: LuaSet<string>, findings: Findings): string | undefined {
  const [name, reason] = format.parse(key);
  if (name === undefined) return refuse(`${format.expected} as the name`, key, findings, reason);
  if (!taken.has(name)) {
    taken.add(name);
    return name;
  }
  findings.report(`duplicate name ${quote(name)}`);
  return undefined;
}

function listOf(entries: readonly [string, unknown][]): unknown[] {
  const items: unknown[] = [];
  for (const [name, item] of entries) {
    (item as Record<string, unknown>)["name"] = name;
    items.push(item);
  }
  return items;
}

/** What absent fields become, worked out once: snapshots share these values, which nobody changes. */
const defaults = new LuaMap<AnyField, unknown>();

function defaultOf(field: AnyField, findings: Findings): unknown {
  if (field.default === undefined) return undefined;
  let value = defaults.get(field);
  if (value === undefined) {
    value = walkAny(field.is, field.default, findings);
    if (value !== undefined) defaults.set(field, value);
  }
  return value;
}

function walkObject(spec: ObjectSpec, value: unknown, findings: Findings): unknown {
  if (value === false && spec.isSwitchable) return undefined;
  const draft: Record<string, unknown> = {};
  const record = objectFor(spec, value);
  if (record === undefined) {
    findings.reportValue(`an object${otherForms(spec)}`, value);
    return draft;
  }
  const known = walkFields(spec, record, draft, findings);
  if (spec.rest !== undefined) draft[spec.rest] = walkRest(spec, record, findings);
  else if (countKeys(record) > known) reportUnknown(spec, record, findings);
  if (spec.oneOf !== undefined) checkOneOf(spec.oneOf, record, findings);
  if (spec.complete !== undefined) spec.complete(draft, findings);
  return draft;
}

function objectFor(spec: ObjectSpec, value: unknown): Json | undefined {
  if (value === true && spec.isSwitchedOnByTrue) return NOTHING;
  if (typeof value === "string" && spec.shorthand !== undefined) return { [spec.shorthand]: value };
  return asObject(value);
}

function otherForms(spec: ObjectSpec): string {
  if (spec.shorthand !== undefined) return ` or its ${spec.shorthand} as a string`;
  if (!spec.isSwitchable) return "";
  return spec.isSwitchedOnByTrue ? ", true or false" : " or false";
}

/** Returns how many fields are there. */
function walkFields(
  spec: ObjectSpec,
  record: Json,
  draft: Record<string, unknown>,
  findings: Findings,
): number {
  let known = 0;
  for (const field of spec.fields) {
    const value = record[field.name];
    let walked: unknown;
    if (value !== undefined) {
      known += 1;
      findings.enter(field.name);
      walked = walkAny(field.is, value, findings);
      findings.leave();
    } else if (field.isRequired === true) {
      findings.report(`${quote(field.name)} is missing`);
    } else {
      walked = defaultOf(field, findings);
    }
    if (walked !== undefined && field.into !== undefined) draft[field.into] = walked;
  }
  return known;
}

/** `Object.keys` would make a list of them for every object. */
function countKeys(record: Json): number {
  let count = 0;
  for (const key in record) if (record[key] !== undefined) count += 1;
  return count;
}

function namesOf(spec: ObjectSpec): string[] {
  return spec.fields.map((field) => field.name);
}

function keysBeside(names: readonly string[], record: Json): string[] {
  return Object.keys(record)
    .filter((key) => !names.includes(key))
    .sort();
}

function walkRest(spec: ObjectSpec, record: Json, findings: Findings): Json {
  const entries: [string, unknown][] = [];
  for (const key of keysBeside(namesOf(spec), record)) {
    const value = record[key];
    if (typeof value === "string" || typeof value === "boolean" || isFiniteNumber(value))
      entries.push([key, value]);
    else findings.reportField(key, `expected a string, a number or a boolean, found ${show(value)}`);
  }
  return Object.fromEntries(entries);
}

function isFiniteNumber(value: unknown): boolean {
  return typeof value === "number" && value - value === 0;
}

function reportUnknown(spec: ObjectSpec, record: Json, findings: Findings): void {
  const names = namesOf(spec);
  for (const key of keysBeside(names, record)) {
    const hint = findings.isFull() ? "" : suggestion(key, names);
    findings.reportField(key, `unknown field ${quote(key)}${hint}`);
  }
}

function checkOneOf(names: readonly string[], record: Json, findings: Findings): void {
  const given = names.filter((name) => record[name] !== undefined);
  if (given.length === 0) findings.report(`one of ${alternatives(names)} is missing`);
  if (given.length > 1) findings.report(`only one of ${alternatives(given)} can be there`);
}
