import { showClient } from "../../../src/core/listing/client-address";

function bytes(...values: number[]): string {
  let text = "";
  for (const value of values) text += String.fromCharCode(value);
  return text;
}

describe("a client's address", () => {
  it("is shown with its port", () => {
    expect(showClient(bytes(0xc4, 0xf6, 192, 0, 2, 7))).toBe("192.0.2.7:50422");
    const ipv6 = bytes(0, 80, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    expect(showClient(ipv6)).toBe("[2001:db8::1]:80");
  });

  it("is shown as IPv4 where it came over a socket for both", () => {
    const mapped = bytes(0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7);
    expect(showClient(mapped)).toBe("[::ffff:192.0.2.7]:80");
  });

  it("is text already on a unix socket, and empty where it is not known", () => {
    expect(showClient("unix:")).toBe("unix:");
    expect(showClient("")).toBe("");
  });
});
