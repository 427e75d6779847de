import { DURATION_PATTERN } from "./duration";
import { document } from "./fields/document";
import type { AnyField, ChoiceSpec, MapSpec, ObjectSpec, Spec } from "./specification";

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/**
 * The JSON Schema of the configuration, from the description that the validator walks. It accepts every document the
 * validator accepts, but for an empty list in the place of an object and the other way round. It cannot refuse
 * everything: ranges of durations, and whatever looks at two places, are for the validator alone.
 */
export function jsonSchema(): JsonSchema {
  return { $schema: DIALECT, title: "Switchboard configuration", ...schemaOf(document) };
}

function schemaOf(spec: Spec): JsonSchema {
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
        items: schemaOf(spec.of),
        maxItems: spec.max,
        uniqueItems: spec.uniqueBy === undefined,
      };
    case "map":
      return mapSchema(spec);
    case "object":
      return objectSchema(spec);
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

function mapSchema(spec: MapSpec): JsonSchema {
  return {
    type: "object",
    propertyNames: { pattern: spec.keys.pattern },
    additionalProperties: schemaOf(spec.of),
    maxProperties: spec.max,
  };
}

function objectSchema(spec: ObjectSpec): JsonSchema {
  const forms: JsonSchema[] = [fieldsSchema(spec)];
  if (spec.isSwitchable) forms.push({ const: false });
  if (spec.isSwitchedOnByTrue) forms.push({ const: true });
  for (const field of spec.fields) {
    if (field.name === spec.shorthand) forms.push(schemaOf(field.is));
  }
  return forms.length === 1 ? forms[0]! : { anyOf: forms };
}

function fieldsSchema(spec: ObjectSpec): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const field of spec.fields) properties[field.name] = fieldSchema(field);
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

function fieldSchema(field: AnyField): JsonSchema {
  const schema: Record<string, unknown> = { description: field.about, ...schemaOf(field.is) };
  if (field.default !== undefined) schema["default"] = field.default;
  return schema;
}
