import type { JsonSchema } from "../../../src/core/config/json-schema";

/** Every field of a schema by its place, with `*` for any name or index. */
export function fieldSchemas(schema: JsonSchema, place: string): [string, JsonSchema][] {
  const { properties, items, additionalProperties, anyOf } = schema;
  const own = Object.entries((properties ?? {}) as Record<string, JsonSchema>);
  const children = [items, additionalProperties].filter((child) => typeof child === "object");
  return [
    ...own.flatMap(([name, field]): [string, JsonSchema][] => [
      [`${place}/${name}`, field],
      ...fieldSchemas(field, `${place}/${name}`),
    ]),
    ...((anyOf ?? []) as JsonSchema[]).flatMap((form) => fieldSchemas(form, place)),
    ...(children as JsonSchema[]).flatMap((child) => fieldSchemas(child, `${place}/*`)),
  ];
}
