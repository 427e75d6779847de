import fc from "fast-check";
import { handle } from "../../src/admin/handler";
import { OPERATIONS } from "../../src/admin/operations";
import { aRoute } from "../core/route/route-fixture";
import { aPeerConfig } from "../core/support/upstream-fixture";
import { poolOf } from "./pools";
import { aRequest, aWorld, bodyOf } from "./world";

const WORLD = aWorld({
  pools: [poolOf("chat", aPeerConfig({ id: "a" }))],
  routes: [aRoute({ id: "r", path: "/{a}/*", rewrite: "/x{a}/*" })],
  world: {
    encode: (value) => JSON.stringify(value),
    session: (id) => ({ status: 200, body: JSON.stringify({ id }) }),
    decode: (text) => {
      try {
        return $multi(JSON.parse(text) as unknown);
      } catch (error) {
        return $multi(undefined, String(error));
      }
    },
  },
});

/** One character for each byte, as nginx hands it over. */
const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
const word = fc.oneof(
  bytes,
  fc.constantFrom("%", "%2", "%2f", "..", "chat", "a", "r", "__proto__", "constructor"),
);
const known = fc
  .tuple(fc.constantFrom(...OPERATIONS), fc.array(word, { minLength: 4, maxLength: 4 }))
  .map(([{ path }, words]) => path.replace(/\{\w+\}/g, () => words.pop()!));
const name = fc.oneof(bytes, fc.constantFrom(...OPERATIONS.flatMap(({ query }) => query), "header.x"));
const query = fc
  .array(fc.tuple(name, fc.oneof(word, fc.constant("/a?b=%&c"))))
  .map((pairs) => pairs.map(([key, value]) => `${key}=${value}`).join("&"));
const target = fc.oneof(
  bytes,
  fc.tuple(known, query).map(([path, text]) => `${path}?${text}`),
  known,
);
const method = fc.oneof(fc.constantFrom("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"), bytes);
const body = fc.oneof(bytes, fc.json(), fc.constant("{}"));
const contentType = fc.oneof(fc.constantFrom("", "application/json"), bytes);

it("whatever a client sends is answered in JSON, and with no 500", () => {
  const seen = new Set<number>();
  fc.assert(
    fc.property(method, target, body, contentType, bytes, (verb, place, text, type, ifMatch) => {
      const answer = handle(aRequest(verb, place, { body: text, contentType: type, ifMatch }), WORLD);
      seen.add(answer.status);
      expect(answer.status).toBeGreaterThanOrEqual(200);
      expect(answer.status).toBeLessThan(500);
      const written = bodyOf(answer);
      if (verb === "HEAD") expect(written).toBe("");
      else if (answer.headers["Content-Type"] === undefined) JSON.parse(written);
    }),
    { numRuns: 3000 },
  );
  for (const status of [200, 400, 404, 405]) expect([...seen]).toContain(status);
});
