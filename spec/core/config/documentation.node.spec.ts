import { readFileSync } from "node:fs";
import path from "node:path";
import type { JsonSchema } from "../../../src/core/config/json-schema";
import { jsonSchema } from "../../../src/core/config/json-schema";
import { errorsOf } from "./documents";
import { fieldSchemas } from "./schema-places";

const PAGE = readFileSync(path.resolve(__dirname, "../../../docs/configuration.md"), "utf8");

/** As the tables name a field: from the upstream or route it belongs to. */
function documentedName(place: string): string {
  return place
    .replace(/^\/(upstreams|routes)\/\*/, "")
    .replace(/^\//, "")
    .replaceAll("/*/", "[].")
    .replaceAll("/", ".");
}

/** What the schema has no default for is required, but for these. */
const OPTIONAL = [
  "/$schema",
  "/upstreams/*/peers/*/id",
  "/routes/*/upstream",
  "/routes/*/split",
  "/routes/*/rewrite",
];

function documentedDefault(place: string, schema: JsonSchema): string {
  if (schema["default"] !== undefined) return `\`${JSON.stringify(schema["default"])}\``;
  return OPTIONAL.includes(place) ? "" : "required";
}

/** The cells of the rows that begin with a field's name. */
function rowsOf(name: string): string[][] {
  return PAGE.split("\n")
    .filter((line) => line.startsWith(`| \`${name}\` `))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
}

describe("the reference of the configuration", () => {
  it.each(fieldSchemas(jsonSchema(), ""))("has a row for %s", (place, schema) => {
    const [row] = rowsOf(documentedName(place));
    expect(row?.[3]).toBe(documentedDefault(place, schema));
    const hasNoEffect = /(no|has an) effect yet/i;
    expect(hasNoEffect.test(row?.[4] ?? "")).toBe(hasNoEffect.test(String(schema["description"])));
  });

  it("has no row for a field that there is not", () => {
    const rows = PAGE.split("\n").flatMap((line) => /^\| `([^`]+)` +\|/.exec(line)?.[1] ?? []);
    expect(rows.sort()).toEqual(
      fieldSchemas(jsonSchema(), "")
        .map(([place]) => documentedName(place))
        .sort(),
    );
  });

  it("begins with a document that is valid", () => {
    const [, example] = /```json\n([^`]+)```/.exec(PAGE)!;
    expect(errorsOf(JSON.parse(example!))).toEqual([]);
  });
});
