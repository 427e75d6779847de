import { absoluteName } from "../../../src/core/resolve/dns-name";

function refusal(name: string): string | undefined {
  const [, err] = absoluteName(name);
  return err;
}

describe("absoluteName", () => {
  it("is lower case and has no dot at its end", () => {
    const [name] = absoluteName("Chat-1.Example.COM.");
    expect(name).toBe("chat-1.example.com");
    const [service] = absoluteName("_ws._tcp.example");
    expect(service).toBe("_ws._tcp.example");
  });

  it("refuses names that no DNS message can carry", () => {
    expect(refusal("")).toBe("empty label");
    expect(refusal(".")).toBe("empty label");
    expect(refusal(".example")).toBe("empty label");
    expect(refusal("a..example")).toBe("empty label");
    expect(refusal("a.example..")).toBe("empty label");
    expect(refusal(`${"x".repeat(64)}.example`)).toBe("label longer than 63 characters");
    expect(refusal(`${"x".repeat(63)}.example`)).toBeUndefined();
    expect(refusal("abcd.".repeat(51))).toBe("longer than 253 characters");
    expect(refusal(`${"abcd.".repeat(50)}abc`)).toBeUndefined();
  });

  it("refuses characters that are none of a host name", () => {
    for (const name of ["a b.example", "a\u0000.example", "*.example", "a/b", "a:80"]) {
      expect(refusal(name)).toBe("a label holds letters, digits, - and _");
    }
  });
});
