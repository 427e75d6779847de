import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { BalancerRegistry } from "../../../src/core/balance/registry";
import type { JsonSchema } from "../../../src/core/config/json-schema";
import { jsonSchema } from "../../../src/core/config/json-schema";
import { validate } from "../../../src/core/config/validate";
import { errorsOf } from "./documents";
import { fieldSchemas } from "./schema-places";

const ROOT = path.resolve(__dirname, "../../..");
const PAGE = readFileSync(path.join(ROOT, "docs/configuration.md"), "utf8");

/** The configurations among the examples of the other pages; a scenario of the simulator looks like one. */
const EXAMPLES = ["README.md", ...readdirSync(path.join(ROOT, "docs")).map((name) => `docs/${name}`)]
  .filter((page) => page.endsWith(".md"))
  .flatMap((page) => {
    const text = readFileSync(path.join(ROOT, page), "utf8");
    return [...text.matchAll(/^```json\n([^`]+)```/gm)].map(([, json]) => [page, json!] as const);
  })
  .filter(([, json]) => json.includes('"upstreams": {') && !json.includes('"gateways"'));

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
  "/routes/*/relay",
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
  });

  it("has no row for a field that there is not", () => {
    const rows = PAGE.split("\n").flatMap((line) => /^\| `([^`]+)` +\|/.exec(line)?.[1] ?? []);
    expect(rows.sort()).toEqual(
      fieldSchemas(jsonSchema(), "")
        .map(([place]) => documentedName(place))
        .sort(),
    );
  });

  it("has the options of every balancer that ships", () => {
    for (const name of new BalancerRegistry().names())
      expect(PAGE).toContain(`[${name}](balancing.md#${name})`);
  });

  it("begins with a document that is valid", () => {
    const [, example] = /```json\n([^`]+)```/.exec(PAGE)!;
    expect(errorsOf(JSON.parse(example!))).toEqual([]);
  });
});

it.each(EXAMPLES)("%s shows a valid configuration (%#)", (_, json) => {
  const { errors } = validate(JSON.parse(json), new BalancerRegistry());
  expect(errors).toEqual([]);
});
