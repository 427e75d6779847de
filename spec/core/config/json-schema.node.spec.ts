import Ajv2020 from "ajv/dist/2020";
import { BalancerRegistry } from "../../../src/core/balance/registry";
import { jsonSchema } from "../../../src/core/config/json-schema";
import { fullDocument, withUpstream } from "./documents";
import { FIELD_CASES } from "./field-cases";
import { fieldSchemas } from "./schema-places";

const accepts = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(
  jsonSchema(),
);

describe("the JSON Schema", () => {
  it("accepts a document with every field", () => {
    expect(accepts(fullDocument())).toBe(true);
  });

  it.each(FIELD_CASES)("agrees with the validator on $place", ({ accepted, refused, document }) => {
    for (const value of accepted) expect([value, accepts(document(value))]).toEqual([value, true]);
    for (const value of refused) expect([value, accepts(document(value))]).toEqual([value, false]);
  });

  it("has a case for every field", () => {
    const places = FIELD_CASES.map((field) => field.place.replace(/\/chat\b|\/0\b/g, "/*"));
    expect(
      fieldSchemas(jsonSchema(), "")
        .map(([place]) => place)
        .filter((place) => !places.includes(place)),
    ).toEqual([
      "/resolver",
      "/upstreams",
      "/upstreams/*/balancer/type",
      "/upstreams/*/tls/server_name",
      "/routes",
      "/routes/*/split/*/upstream",
      "/routes/*/split/*/weight",
    ]);
  });

  it("leaves to the validator what it says it cannot tell", () => {
    for (const { refusedBeyondSchema, document } of FIELD_CASES) {
      for (const value of refusedBeyondSchema ?? []) {
        expect([value, accepts(document(value))]).toEqual([value, true]);
      }
    }
  });

  it("refuses unknown and missing fields, and a route with no target or two", () => {
    const route = { id: "r", upstream: "chat" };
    const routes = (fields: object) => ({ upstreams: { chat: {} }, routes: [fields] });
    expect(accepts(routes(route))).toBe(true);
    expect(accepts({})).toBe(false);
    expect(accepts(withUpstream({ wieght: 1 }))).toBe(false);
    expect(accepts({ upstreams: { "a b": {} } })).toBe(false);
    expect(accepts(routes({ id: "r" }))).toBe(false);
    expect(accepts(routes({ upstream: "chat" }))).toBe(false);
    expect(accepts(routes({ ...route, split: [{ upstream: "chat" }] }))).toBe(false);
  });

  it("describes every field", () => {
    for (const [place, { description }] of fieldSchemas(jsonSchema(), ""))
      expect([place, description]).toEqual([place, expect.stringMatching(/\w+ \w+.*\.$/)]);
  });

  it("tells the options of every balancer that ships", () => {
    const { description } = fieldSchemas(jsonSchema(), "").find(
      ([place]) => place === "/upstreams/*/balancer",
    )![1];
    for (const name of new BalancerRegistry().names()) expect(description).toContain(` ${name}`);
  });
});
