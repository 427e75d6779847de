import { document } from "../../../src/core/config/fields/document";
import { peer } from "../../../src/core/config/fields/peer";
import { route } from "../../../src/core/config/fields/route";
import { render } from "../../../src/core/config/rendering";
import type { Snapshot } from "../../../src/core/config/snapshot";
import { validate } from "../../../src/core/config/validate";
import { aRoute } from "../route/route-fixture";
import { aPeerConfig } from "../support/upstream-fixture";
import { fullDocument, registry, type Json } from "./documents";
import { FIELD_CASES } from "./field-cases";

function read(given: Json): Snapshot | undefined {
  return validate(given, registry).snapshot;
}

describe("a snapshot written as a document", () => {
  it("is read as the same snapshot, with every field", () => {
    const snapshot = read(fullDocument())!;
    expect(read(render(document, snapshot) as Json)).toEqual(snapshot);
  });

  it("is read as the same, whatever a field holds", () => {
    let count = 0;
    for (const { accepted, document: place } of FIELD_CASES) {
      for (const value of accepted) {
        const snapshot = read(place(value));
        if (snapshot !== undefined) {
          expect(read(render(document, snapshot) as Json)).toEqual(snapshot);
          count += 1;
        }
      }
    }
    expect(count).toBeGreaterThan(100);
  });

  it("leaves out what is the default", () => {
    expect(render(route, aRoute({ id: "r" }))).toEqual({ id: "r", upstream: "chat" });
    expect(render(peer, aPeerConfig({ id: "a", address: "h:1" }))).toEqual({ id: "a", address: "h:1" });
  });

  it("writes several upstreams, or one with a weight of its own, as a split", () => {
    const split = [
      { upstream: "chat", weight: 3 },
      { upstream: "beta", weight: 1 },
    ];
    expect(render(route, aRoute({ id: "r", split }))).toEqual({
      id: "r",
      split: [{ upstream: "chat", weight: 3 }, { upstream: "beta" }],
    });
    expect(render(route, aRoute({ id: "r", split: [{ upstream: "chat", weight: 3 }] }))).toEqual({
      id: "r",
      split: [{ upstream: "chat", weight: 3 }],
    });
  });
});
