import { failureKind } from "../../../src/core/gateway/failure";

describe("the kind of a failed attempt", () => {
  it("is the status that the peer said", () => {
    expect(failureKind(false, 502, true)).toBe("http_502");
    expect(failureKind(false, 503, true)).toBe("http_503");
    expect(failureKind(false, 504, true)).toBe("http_504");
  });

  it("is an error or a timeout where nginx says the status for a peer that said none", () => {
    expect(failureKind(false, 502, false)).toBe("error");
    expect(failureKind(false, undefined, false)).toBe("error");
    expect(failureKind(false, 504, false)).toBe("timeout");
  });

  it("is a timeout where the gateway ended a late attempt, whatever nginx makes of its end", () => {
    expect(failureKind(true, 502, false)).toBe("timeout");
  });
});
