import fc from "fast-check";
import { canonicalAddress } from "../../../src/core/resolve/ip-address";

/** The WHATWG URL parser writes addresses in the same canonical form. */
function asUrlHost(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

describe("canonicalAddress", () => {
  it("agrees with the URL standard on every IPv6 address", () => {
    fc.assert(fc.property(fc.ipV6(), (text) => canonicalAddress(text) === asUrlHost(text)));
  });

  it("keeps every IPv4 address as it is", () => {
    fc.assert(fc.property(fc.ipV4(), (text) => canonicalAddress(text) === text));
  });

  it("accepts of any other text only what the URL standard accepts, and changes nothing that is canonical", () => {
    const characters = fc.constantFrom(..."0123456789abcdefABCDEF:::...%[] gx");
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 20 }), (text) => {
        const address = canonicalAddress(text);
        if (address === undefined) return true;
        return canonicalAddress(address) === address && (!text.includes(":") || asUrlHost(text) === address);
      }),
      { numRuns: 5000 },
    );
  });
});
