import { base64url } from "../../../src/core/affinity/base64url";

describe("base64url", () => {
  it("writes the vectors of RFC 4648 without their padding", () => {
    const written = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map((text) => base64url(text));
    expect(written).toEqual(["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"]);
  });

  it("writes bytes of every value, with '-' and '_' for the last two digits", () => {
    expect(base64url(String.fromCharCode(0, 0, 0, 255))).toBe("AAAA_w");
    expect(base64url(String.fromCharCode(251, 239, 190, 255, 255, 255))).toBe("----____");
  });
});
