import { CookieAffinity } from "../../../src/core/affinity/cookie";
import type { AffinityConfig } from "../../../src/core/config/snapshot";
import type { Peer } from "../../../src/core/pool/peer";
import { toyMac } from "../support/toy-mac";
import { AFFINITY, aPeer } from "../support/upstream-fixture";

const a = aPeer({ key: "a" });
const b = aPeer({ key: "b" });

function affinityOf(fields: Partial<AffinityConfig>, peers: readonly Peer[] = [a, b]): CookieAffinity {
  const deps = { mac: toyMac, secrets: () => ["the secret of specs"] };
  const affinity = new CookieAffinity("chat", { ...AFFINITY, ...fields }, deps);
  affinity.update(peers, () => undefined);
  return affinity;
}

/** What follows the token. */
function attributesOf(fields: Partial<AffinityConfig>, isTls = false): string {
  const affinity = affinityOf(fields);
  const start = `${fields.name ?? "sb"}=${affinity.tokenOf(a)!}`;
  const cookie = affinity.setCookieFor(a, isTls)!;
  expect(cookie.substring(0, start.length)).toBe(start);
  return cookie.substring(start.length);
}

/**
 * The peer of a client.
 * @param field its Cookie
 * @param first what nginx's variable of the name has: the first cookie of the name, whatever its case
 */
function peerOf(affinity: CookieAffinity, field: string, variable: string, first?: string): unknown {
  const values = new LuaMap<string, string>();
  values.set("http_cookie", field);
  if (first !== undefined) values.set(variable, first);
  return affinity.find(affinity.cookieOf({ variable: (name) => values.get(name) }));
}

describe("a Set-Cookie of the gateway", () => {
  it("has the configured attributes", () => {
    expect(attributesOf({})).toBe("; Path=/; HttpOnly; SameSite=Lax");
    expect(attributesOf({ path: "/chat", maxAgeS: 3600, isHttpOnly: false, sameSite: "" })).toBe(
      "; Path=/chat; Max-Age=3600",
    );
    expect(attributesOf({ name: "sticky", sameSite: "Strict" })).toBe("; Path=/; HttpOnly; SameSite=Strict");
  });

  it("is Secure by default on TLS, and otherwise as configured", () => {
    expect(attributesOf({}, true)).toBe("; Path=/; HttpOnly; Secure; SameSite=Lax");
    expect(attributesOf({ secure: "never" }, true)).toBe("; Path=/; HttpOnly; SameSite=Lax");
    expect(attributesOf({ secure: "always" })).toBe("; Path=/; HttpOnly; Secure; SameSite=Lax");
  });

  it("is Secure wherever browsers would refuse it otherwise", () => {
    expect(attributesOf({ sameSite: "None" })).toBe("; Path=/; HttpOnly; Secure; SameSite=None");
    for (const name of ["__Host-sb", "__Secure-sb", "__host-SB"])
      expect(attributesOf({ name })).toBe("; Path=/; HttpOnly; Secure; SameSite=Lax");
  });

  it("is not made for a peer that is not there any more", () => {
    expect(affinityOf({}, [a]).setCookieFor(b, false)).toBeUndefined();
  });

  it("is sent again and again where it would expire", () => {
    expect(affinityOf({}).isRenewed).toBe(false);
    expect(affinityOf({ maxAgeS: 1 }).isRenewed).toBe(true);
  });
});

describe("the cookie of a client", () => {
  const affinity = affinityOf({});
  const token = affinity.tokenOf(a)!;

  it("names its peer", () => {
    expect(peerOf(affinity, `sb=${token}`, "cookie_sb", token)).toBe(a);
    expect(peerOf(affinity, "other=1", "cookie_sb")).toBeUndefined();
  });

  it("is the first valid one of several of the name", () => {
    const second = affinity.tokenOf(b)!;
    const stale = "A".repeat(22);
    expect(peerOf(affinity, `sb=${token}; sb=${second}`, "cookie_sb", token)).toBe(a);
    for (const field of [
      `sb=${stale}; sb=${second}; sb=${token}`,
      `sb=;sb=${second}`,
      `SB=${stale}; x=sb; sb=${second} ; sb=${token}`,
      `sb=${second}${second}; sb=${second}`,
      `xsb=${token}; sb="${token}"; sb=\t${token}; sb=${second}`,
    ])
      expect(peerOf(affinity, field, "cookie_sb", "")).toBe(b);
  });

  it("is none where no value is exactly a token", () => {
    for (const field of [
      "sb=",
      "sb",
      `sb=${token.substring(1)}`,
      `sb=${token}x`,
      `xsb=${token}`,
      `SB=${token}`,
      `sb="${token}"`,
      `sb=${token},sb=${token}`,
      "sb=".repeat(3000),
    ])
      expect(peerOf(affinity, field, "cookie_sb", "-")).toBeUndefined();
  });

  it("is asked for under the name that nginx knows it by, in lower case", () => {
    const named = affinityOf({ name: "__Host-SB" });
    expect(peerOf(named, "", "cookie___host-sb", named.tokenOf(a))).toBe(a);
  });
});
