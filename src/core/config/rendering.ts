import { formatDuration } from "./duration";
import { isEqual } from "./equality";
import { Findings } from "./findings";
import type { AnyField, Format, ObjectSpec, Spec } from "./specification";
import { walk } from "./walker";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes a value of the snapshot as an operator would in the document, without what is the default anyway: the inverse
 * of the walk. What it writes is read as the same value again.
 */
export function render<T>(spec: Spec<T>, value: T): unknown {
  return renderAny(spec, value);
}

/** @returns `undefined` for what the description has no words for */
function renderAny(spec: Spec, value: unknown): unknown {
  switch (spec.kind) {
    case "duration":
      return formatDuration((value as number) * spec.stepMs);
    case "text":
      return renderText(spec.format, value);
    case "list":
      return (value as readonly unknown[]).map((item) => renderAny(spec.of, item));
    case "map":
      return spec.isList
        ? renderNamed(spec.of, value as readonly Fields[])
        : renderValues(spec.of, value as Fields);
    case "object":
      return renderObject(spec, value as Fields);
    default:
      return value;
  }
}

function renderText(format: Format<unknown>, value: unknown): unknown {
  return format.write === undefined ? value : format.write(value);
}

function renderNamed(spec: Spec, items: readonly Fields[]): Fields {
  const rendered: Record<string, unknown> = {};
  for (const item of items) rendered[item["name"] as string] = renderAny(spec, item);
  return rendered;
}

function renderValues(spec: Spec, values: Fields): Fields {
  const rendered: Record<string, unknown> = {};
  for (const name of Object.keys(values)) rendered[name] = renderAny(spec, values[name]);
  return rendered;
}

function renderObject(spec: ObjectSpec, value: Fields): Fields {
  const rendered: Record<string, unknown> = {};
  // Of several fields for one value, as `upstream` and `split`, the first that can say it does.
  const said = new LuaSet<string>();
  for (const field of spec.fields) {
    if (field.into !== undefined && !said.has(field.into)) {
      const text = renderField(field, value[field.into]);
      if (text !== undefined) {
        rendered[field.name] = text;
        said.add(field.into);
      }
    }
  }
  if (spec.rest !== undefined) {
    const rest = value[spec.rest] as Fields;
    for (const name of Object.keys(rest)) rendered[name] = rest[name];
  }
  return rendered;
}

function renderField(field: AnyField, value: unknown): unknown {
  if (field.isRequired !== true && isEqual(value, defaultOf(field))) return undefined;
  // Something that is there unless it is switched off.
  return value === undefined ? false : renderAny(field.is, value);
}

/** What absent fields become, worked out once. */
const defaults = new LuaMap<AnyField, unknown>();

function defaultOf(field: AnyField): unknown {
  if (field.default === undefined) return undefined;
  let value = defaults.get(field);
  if (value === undefined) {
    value = walk(field.is, field.default, new Findings());
    if (value !== undefined) defaults.set(field, value);
  }
  return value;
}

/** The same as JSON. The codec of one kind of nginx cannot tell an empty list from an empty object; the description can. */
export function renderJson<T>(
  spec: Spec<T>,
  value: T,
  encode: (this: void, value: unknown) => string,
): string {
  return textOf(spec, render(spec, value), encode);
}

function textOf(spec: Spec, rendered: unknown, encode: (this: void, value: unknown) => string): string {
  if (typeof rendered !== "object" || rendered === null) return encode(rendered);
  if (spec.kind === "list") {
    return `[${(rendered as readonly unknown[]).map((item) => textOf(spec.of, item, encode)).join(",")}]`;
  }
  const fields = rendered as Fields;
  const texts: string[] = [];
  if (spec.kind === "map") {
    for (const name of Object.keys(fields).sort()) {
      texts.push(`${encode(name)}:${textOf(spec.of, fields[name], encode)}`);
    }
  } else if (spec.kind === "object") {
    const known = new LuaSet<string>();
    for (const { name, is } of spec.fields) {
      known.add(name);
      if (fields[name] !== undefined) texts.push(`${encode(name)}:${textOf(is, fields[name], encode)}`);
    }
    for (const name of Object.keys(fields).sort()) {
      if (!known.has(name)) texts.push(`${encode(name)}:${encode(fields[name])}`);
    }
  }
  return `{${texts.join(",")}}`;
}
