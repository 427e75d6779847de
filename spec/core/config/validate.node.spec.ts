import fc from "fast-check";
import type { ConfigError } from "../../../src/core/config/validate";
import { validate } from "../../../src/core/config/validate";
import { errorsOf, fullDocument, registry } from "./documents";

const AWKWARD = [
  "__proto__",
  "constructor",
  "",
  "length",
  "a/b~c",
  "0",
  "-1",
  "hasOwnProperty",
  "toString",
  "\u0000",
  "ä",
];
const key = fc.oneof(fc.constantFrom(...AWKWARD), fc.string());
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<unknown>(null, true, false, NaN, Infinity, -0, 1e308, -1, 0.1),
    fc.double(),
    fc.oneof(fc.string(), fc.constantFrom(...AWKWARD, "1s", "/a", "$host", "x".repeat(300))),
    fc.array(tie("json")),
    fc.array(fc.tuple(key, tie("json"))).map(Object.fromEntries),
  ),
}));

function child(node: unknown, step: string): { readonly value: unknown } | undefined {
  if (typeof node !== "object" || node === null || !Object.hasOwn(node, step)) return undefined;
  return { value: (node as Record<string, unknown>)[step] };
}

/** Whether a pointer leads to a place in the document, a missing field of an object there being one. */
function resolves(document: unknown, pointer: string): boolean {
  if (pointer === "") return true;
  const steps = pointer.substring(1).split("/");
  let node = document;
  for (const [index, step] of steps.entries()) {
    const found = child(node, step.replaceAll("~1", "/").replaceAll("~0", "~"));
    if (found === undefined) return index === steps.length - 1;
    node = found.value;
  }
  return pointer.startsWith("/");
}

function expectSound(document: unknown): void {
  const { snapshot, errors } = validate(document, registry);
  expect(snapshot === undefined).toBe(errors.length > 0);
  for (const error of errors) expectReadable(document, error);
}

function expectReadable(document: unknown, { pointer, message }: ConfigError): void {
  expect([pointer, resolves(document, pointer)]).toEqual([pointer, true]);
  expect(pointer).not.toMatch(/[\u0000-\u001f\u007f]/);
  expect(message).toMatch(/^[ -~]{1,500}$/);
}

/** Every place of a document, as steps. */
function places(node: unknown, steps: readonly string[] = []): (readonly string[])[] {
  if (typeof node !== "object" || node === null) return [steps];
  return [steps, ...Object.entries(node).flatMap(([name, value]) => places(value, [...steps, name]))];
}

/** The document with another value in one place. */
function replaced(node: unknown, steps: readonly string[], value: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  const copy = (Array.isArray(node) ? [...node] : { ...(node as object) }) as Record<string, unknown>;
  const next = replaced(copy[step], rest, value);
  Object.defineProperty(copy, step, { value: next, enumerable: true, configurable: true, writable: true });
  return copy;
}

describe("any document", () => {
  it("is answered, with pointers that lead somewhere", () => {
    fc.assert(fc.property(json, expectSound), { numRuns: 500 });
  });

  it("is answered in place of the upstreams, an upstream, the routes or a route", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expectSound({ upstreams: a, routes: b });
        expectSound({ upstreams: { chat: a }, routes: [b] });
        expectSound({ upstreams: { chat: { peers: a, balancer: b } }, routes: [{ headers: a, split: b }] });
      }),
      { numRuns: 300 },
    );
  });

  it("is answered when any one place of a valid document is something else", () => {
    const valid = fullDocument();
    fc.assert(
      fc.property(fc.constantFrom(...places(valid)), json, (steps, value) => {
        expectSound(replaced(valid, steps, value));
      }),
      { numRuns: 1000 },
    );
  });

  it("is told of an unknown field wherever one is added", () => {
    const valid = fullDocument();
    const objects = places(valid).filter((steps) => {
      const node = steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], valid);
      const isOpen = ["upstreams", "headers", "query", "balancer"].includes(steps.at(-1) ?? "");
      return typeof node === "object" && !Array.isArray(node) && !isOpen;
    });
    expect(objects.length).toBeGreaterThan(10);
    for (const steps of objects) {
      const pointer = ["", ...steps, "zzz"].join("/");
      expect(errorsOf(replaced(valid, [...steps, "zzz"], 1))).toEqual([`${pointer} unknown field "zzz"`]);
    }
  });

  it("may nest as deep as a parser allows", () => {
    const deep: unknown = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
    expectSound(deep);
    expectSound({ upstreams: { chat: { balancer: { type: "keyed", factor: deep }, peers: deep } } });
  });

  it("may have conditions on names that objects have by themselves", () => {
    const text =
      '{"upstreams":{"chat":{}},"routes":[{"id":"r","upstream":"chat","query":{"__proto__":"x"}}]}';
    const { snapshot } = validate(JSON.parse(text), registry);
    expect(Object.entries(snapshot!.routes[0]!.query)).toEqual([["__proto__", "x"]]);
  });
});
