import { DURATION_PATTERN } from "./duration";
import { document } from "./fields/document";
import { PENDING } from "./pending";
import type { AnyField, ChoiceSpec, MapSpec, ObjectSpec, Spec } from "./specification";

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const DIALECT = "https://json-schema.org/draft/2020-12/schema";
const ANY_CHILD = "*";

/**
 * The JSON Schema of the configuration, from the description that the validator walks. It accepts every document the
 * validator accepts, but for an empty list in the place of an object and the other way round. It cannot refuse
 * everything: ranges of durations, and whatever looks at two places, are for the validator alone.
 */
export function jsonSchema(): JsonSchema {
  return { $schema: DIALECT, title: "Switchboard configuration", ...schemaOf(document, "") };
}

function schemaOf(spec: Spec, place: string): JsonSchema {
  switch (spec.kind) {
    case "text":
      return textSchema(spec.format.pattern);
    case "integer":
    case "number":
      return { type: spec.kind, minimum: spec.min, maximum: spec.max };
    case "boolean":
      return { type: "boolean" };
    case "choice":
      return { enum: choices(spec) };
    case "duration":
      return { type: "string", pattern: DURATION_PATTERN };
    case "condition":
      return { type: ["string", "boolean"] };
    case "list":
      return {
        type: "array",
        items: schemaOf(spec.of, `${place}/${ANY_CHILD}`),
        maxItems: spec.max,
        uniqueItems: spec.uniqueBy === undefined,
      };
    case "map":
      return mapSchema(spec, place);
    case "object":
      return objectSchema(spec, place);
  }
}

function textSchema(pattern: string | undefined): JsonSchema {
  return pattern === undefined ? { type: "string" } : { type: "string", pattern };
}

function choices(spec: ChoiceSpec): unknown[] {
  const values: unknown[] = [];
  for (const value of spec.values) values.push(value);
  if (spec.whenTrue !== undefined) values.push(true);
  if (spec.whenFalse !== undefined) values.push(false);
  return values;
}

function mapSchema(spec: MapSpec, place: string): JsonSchema {
  return {
    type: "object",
    propertyNames: { pattern: spec.keys.pattern },
    additionalProperties: schemaOf(spec.of, `${place}/${ANY_CHILD}`),
    maxProperties: spec.max,
  };
}

function objectSchema(spec: ObjectSpec, place: string): JsonSchema {
  const forms: JsonSchema[] = [fieldsSchema(spec, place)];
  if (spec.isSwitchable) forms.push({ const: false });
  if (spec.isSwitchedOnByTrue) forms.push({ const: true });
  for (const field of spec.fields) {
    if (field.name === spec.shorthand) forms.push(schemaOf(field.is, `${place}/${field.name}`));
  }
  return forms.length === 1 ? forms[0]! : { anyOf: forms };
}

function fieldsSchema(spec: ObjectSpec, place: string): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const field of spec.fields) properties[field.name] = fieldSchema(field, `${place}/${field.name}`);
  const schema: Record<string, unknown> = {
    type: "object",
    properties,
    additionalProperties: spec.rest === undefined ? false : { type: ["string", "number", "boolean"] },
  };
  const required = spec.fields.filter((field) => field.isRequired === true).map((field) => field.name);
  if (required.length > 0) schema["required"] = required;
  if (spec.oneOf !== undefined) schema["oneOf"] = spec.oneOf.map((name) => ({ required: [name] }));
  return schema;
}

function fieldSchema(field: AnyField, place: string): JsonSchema {
  const schema: Record<string, unknown> = { description: about(field, place), ...schemaOf(field.is, place) };
  if (field.default !== undefined) schema["default"] = field.default;
  return schema;
}

function about(field: AnyField, place: string): string {
  for (const pending of PENDING) {
    if (`/${pending.place.join("/")}` === place) return `${field.about} ${pendingNote(field, pending.inert)}`;
  }
  return field.about;
}

function pendingNote(field: AnyField, inert: unknown): string {
  return field.is.kind === "choice" ? `Only "${inert}" has an effect yet.` : "Accepted; no effect yet.";
}
