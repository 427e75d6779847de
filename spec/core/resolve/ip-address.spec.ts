import { canonicalAddress, isIpv6 } from "../../../src/core/resolve/ip-address";

describe("canonicalAddress", () => {
  it("keeps a dotted IPv4 address", () => {
    expect(canonicalAddress("10.0.0.1")).toBe("10.0.0.1");
    expect(canonicalAddress("255.255.255.255")).toBe("255.255.255.255");
    expect(canonicalAddress("0.0.0.0")).toBe("0.0.0.0");
  });

  it("refuses what is no IPv4 address", () => {
    for (const text of [
      "",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.256",
      "1.2.3.",
      ".1.2.3",
      "01.2.3.4",
      "1.2.3.4 ",
      "1.2.3.-4",
      "1.2.3.4a",
      "a.b.c.d",
      "+1.2.3.4",
      "1.2.3.00000000000000000000000000000000000000000000004",
    ]) {
      expect(canonicalAddress(text)).toBeUndefined();
    }
  });

  it("writes IPv6 as RFC 5952 does", () => {
    expect(canonicalAddress("2001:DB8:0:0:0:0:0:1")).toBe("2001:db8::1");
    expect(canonicalAddress("2001:0db8::0001")).toBe("2001:db8::1");
    expect(canonicalAddress("::1")).toBe("::1");
    expect(canonicalAddress("0:0:0:0:0:0:0:0")).toBe("::");
    expect(canonicalAddress("1::")).toBe("1::");
    expect(canonicalAddress("2001:db8:0:1:1:1:1:1")).toBe("2001:db8:0:1:1:1:1:1");
    expect(canonicalAddress("2001:0:0:1:0:0:0:1")).toBe("2001:0:0:1::1");
    expect(canonicalAddress("2001:db8:0:0:1:0:0:1")).toBe("2001:db8::1:0:0:1");
    expect(canonicalAddress("1:2:3:4:5:6:7::")).toBe("1:2:3:4:5:6:7:0");
  });

  it("reads a dotted tail of IPv6", () => {
    expect(canonicalAddress("::ffff:10.0.0.1")).toBe("::ffff:a00:1");
    expect(canonicalAddress("64:ff9b::192.0.2.33")).toBe("64:ff9b::c000:221");
  });

  it("refuses what is no IPv6 address", () => {
    for (const text of [
      ":",
      ":::",
      "1",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8::",
      "1::2::3",
      ":1::2",
      "1::2:",
      "12345::",
      "g::1",
      "fe80::1%eth0",
      "[::1]",
      "::1.2.3",
      "1.2.3.4::1",
      "::1.2.3.4:1",
      "1:2:3:4:5:6:7:1.2.3.4",
    ]) {
      expect(canonicalAddress(text)).toBeUndefined();
    }
  });

  it("tells the families apart", () => {
    expect(isIpv6("::1")).toBe(true);
    expect(isIpv6("10.0.0.1")).toBe(false);
  });
});
