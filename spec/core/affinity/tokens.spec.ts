import { AffinityTokens } from "../../../src/core/affinity/tokens";
import type { Peer } from "../../../src/core/pool/peer";
import { toyMac } from "../support/toy-mac";
import { aPeer } from "../support/upstream-fixture";

const OLD = "the secret of last year";
const NEW = "the secret of this year";

function goOn(this: void): void {
  // Nothing else is to be done.
}

function tokensOf(secrets: readonly string[], peers: readonly Peer[], upstream = "chat"): AffinityTokens {
  const tokens = new AffinityTokens(upstream, toyMac, secrets);
  tokens.update(peers, goOn);
  return tokens;
}

function peersOf(...keys: string[]): Peer[] {
  return keys.map((key) => aPeer({ key }));
}

describe("the tokens of an upstream's peers", () => {
  it("lead back to the peer, on every gateway that has the secret", () => {
    const [a, b] = peersOf("a", "b#10.0.0.2");
    const here = tokensOf([NEW], [a!, b!]);
    const elsewhere = tokensOf([NEW], [b!, a!]);
    expect(here.find(elsewhere.tokenOf(a!))).toBe(a);
    expect(here.find(elsewhere.tokenOf(b!))).toBe(b);
    expect(here.tokenOf(a!)).not.toBe(here.tokenOf(b!));
  });

  it("are signed over a text of their own for each upstream and peer", () => {
    const texts: string[] = [];
    const sign = (secret: string, text: string): string => {
      texts.push(`${secret}: ${text}`);
      return text;
    };
    new AffinityTokens("chat", { sign }, [NEW, OLD]).update(peersOf("a", "b#10.0.0.2"), goOn);
    expect(texts).toEqual([
      `${NEW}: switchboard affinity 1\nchat\na`,
      `${OLD}: switchboard affinity 1\nchat\na`,
      `${NEW}: switchboard affinity 1\nchat\nb#10.0.0.2`,
      `${OLD}: switchboard affinity 1\nchat\nb#10.0.0.2`,
    ]);
  });

  it("name nobody where they are absent, forged, cut, of another case, another upstream or another secret", () => {
    const peers = peersOf("a", "b");
    const tokens = tokensOf([NEW], peers);
    const token = tokens.tokenOf(peers[0]!)!;
    const foreign = tokensOf([NEW], peers, "game").tokenOf(peers[0]!);
    const stale = tokensOf([OLD], peers).tokenOf(peers[0]!);
    const swapped = token.toLowerCase() === token ? token.toUpperCase() : token.toLowerCase();
    const wrong = ["", "a", "A".repeat(22), `${token} `, `${token}${token}`, token.substring(1), swapped];
    for (const cookie of [foreign!, stale!, "x".repeat(9000), ...wrong])
      expect(tokens.find(cookie)).toBeUndefined();
    expect(tokens.find(undefined)).toBeUndefined();
    expect(tokens.find(token)).toBe(peers[0]);
  });

  it("are made with the first of two secrets and accepted from both", () => {
    const [peer] = peersOf("a");
    const before = tokensOf([OLD], [peer!]).tokenOf(peer!);
    const rotated = tokensOf([NEW, OLD], [peer!]);
    expect(rotated.find(before)).toBe(peer);
    expect(rotated.tokenOf(peer!)).toBe(tokensOf([NEW], [peer!]).tokenOf(peer!));
    expect(rotated.tokenOf(peer!)).not.toBe(before);
  });

  it("go with their peer, and stay with one that gets another address", () => {
    const [a, b] = peersOf("a", "b");
    const tokens = tokensOf([NEW], [a!, b!]);
    const tokenOfA = tokens.tokenOf(a!);
    const tokenOfB = tokens.tokenOf(b!);
    const moved = aPeer({ key: "b", host: "10.0.0.9" });
    tokens.update([moved], goOn);
    expect(tokens.find(tokenOfA)).toBeUndefined();
    expect(tokens.tokenOf(a!)).toBeUndefined();
    expect(tokens.find(tokenOfB)).toBe(moved);
  });

  it("are worked out once for each peer and secret, and in small pieces", () => {
    let signed = 0;
    let signedSincePause = 0;
    let longest = 0;
    const sign = (secret: string, text: string): string => {
      signed += 1;
      signedSincePause += 1;
      longest = Math.max(longest, signedSincePause);
      return toyMac.sign(secret, text);
    };
    const pause = (): void => {
      signedSincePause = 0;
    };
    const keys: string[] = [];
    for (const number of $range(1, 100)) keys.push(`p${number.toString()}`);
    const tokens = new AffinityTokens("chat", { sign }, [NEW, OLD]);
    tokens.update(peersOf(...keys), pause);
    expect(signed).toBe(200);
    expect(longest <= 32).toBe(true);
    tokens.update(peersOf("another", ...keys), pause);
    expect(signed).toBe(202);
  });

  it("come into force when all of them are there", () => {
    const [a, b] = peersOf("a", "b");
    const tokens = tokensOf([NEW], [a!]);
    const tokenOfB = tokensOf([NEW], [b!]).tokenOf(b!);
    const prepared = tokens.prepare([b!], goOn);
    expect(tokens.find(tokenOfB)).toBeUndefined();
    expect(tokens.find(tokens.tokenOf(a!))).toBe(a);
    tokens.use(prepared);
    expect(tokens.find(tokenOfB)).toBe(b);
  });
});
