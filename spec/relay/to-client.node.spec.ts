import fc from "fast-check";
import { seededRng } from "../core/support/seeded-rng";
import { chunksOf, randomStream, written } from "./conversation";
import { checkToClient } from "./to-client-check";

describe("what goes to a client", () => {
  it("is what came, whatever is held", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000_000_000 }),
        fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 500 }),
        fc.nat({ max: 30 }),
        (seed, sizes, holdBytes, mostBytes, from) => {
          const rng = seededRng(seed);
          const stream = randomStream(rng, sizes, rng.integer(2) === 1);
          const chunks = chunksOf(stream.map((sketch) => written(sketch, false)).join(""), rng, mostBytes);
          checkToClient(stream, chunks, holdBytes, (index) => index >= from);
        },
      ),
      { numRuns: 200 },
    );
  });
});
