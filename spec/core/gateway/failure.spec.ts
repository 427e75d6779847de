import { failureKind, wasAnswered } from "../../../src/core/gateway/failure";

describe("the kind of a failure", () => {
  it("is that of the connection where no answer has come", () => {
    expect(failureKind(false, false, 502)).toBe("error");
    expect(failureKind(false, false, 504)).toBe("timeout");
  });

  it("is the answer's status where one has", () => {
    expect(failureKind(false, true, 502)).toBe("http_502");
    expect(failureKind(false, true, 503)).toBe("http_503");
    expect(failureKind(false, true, 504)).toBe("http_504");
  });

  it("is timeout where the gateway has ended the attempt, which nginx takes for a bad connection", () => {
    expect(failureKind(true, false, 502)).toBe("timeout");
  });
});

describe("whether the last attempt was answered", () => {
  it("stands before the current attempt, which was not yet", () => {
    expect(wasAnswered("0.012, -")).toBe(true);
    expect(wasAnswered("-, -")).toBe(false);
    expect(wasAnswered("0.012, -, -")).toBe(false);
    expect(wasAnswered("-, 0.000, -")).toBe(true);
  });

  it("is no where nothing was tried before", () => {
    expect(wasAnswered("-")).toBe(false);
    expect(wasAnswered("")).toBe(false);
  });
});
