import { createHmac } from "node:crypto";
import { AffinityTokens } from "../../../src/core/affinity/tokens";
import { aPeer } from "../support/upstream-fixture";

describe("a token", () => {
  it("is the documented hash of the upstream and the peer", () => {
    const hmac = (secret: string, text: string) => createHmac("sha1", secret).update(text);
    const mac = { sign: (secret: string, text: string) => hmac(secret, text).digest().toString("latin1") };
    const tokens = new AffinityTokens("chat", mac, ["0123456789abcdef"]);
    const peer = aPeer({ key: "a#10.0.0.1" });
    tokens.update([peer], () => undefined);
    const digest = hmac("0123456789abcdef", "switchboard affinity 1\nchat\na#10.0.0.1").digest();
    expect(tokens.tokenOf(peer)).toBe(digest.subarray(0, 16).toString("base64url"));
  });
});
