import { Nameservers, parseNameserver } from "../../../src/core/resolve/nameservers";
import type { Nameserver } from "../../../src/core/resolve/nameservers";

const OPTIONS = { timeoutMs: 1000, attempts: 1 };
const FIRST = { host: "10.0.0.1", port: 53 };
const SECOND = { host: "10.0.0.2", port: 53 };
const THIRD = { host: "10.0.0.3", port: 53 };

function hosts(servers: Nameserver[]): string {
  return servers.map((server) => server.host).join(" ");
}

describe("nameservers", () => {
  it("are asked in the order of the list", () => {
    const servers = new Nameservers([FIRST, SECOND, THIRD], OPTIONS);
    expect(hosts(servers.ordered())).toBe("10.0.0.1 10.0.0.2 10.0.0.3");
    expect(servers.count()).toBe(3);
  });

  it("start with one that answers after the first did not", () => {
    const servers = new Nameservers([FIRST, SECOND, THIRD], OPTIONS);
    servers.unreachable(FIRST);
    expect(hosts(servers.ordered())).toBe("10.0.0.2 10.0.0.3 10.0.0.1");
    servers.unreachable(SECOND);
    servers.unreachable(THIRD);
    expect(hosts(servers.ordered())).toBe("10.0.0.1 10.0.0.2 10.0.0.3");
  });

  it("move once for many questions that the same server left open", () => {
    const servers = new Nameservers([FIRST, SECOND, THIRD], OPTIONS);
    servers.unreachable(FIRST);
    servers.unreachable(FIRST);
    servers.unreachable(THIRD);
    expect(hosts(servers.ordered())).toBe("10.0.0.2 10.0.0.3 10.0.0.1");
  });

  it("may be none", () => {
    const servers = new Nameservers([], OPTIONS);
    servers.unreachable(FIRST);
    expect(servers.ordered()).toEqual([]);
  });
});

describe("parseNameserver", () => {
  it("reads an address with or without a port", () => {
    expect(parseNameserver("10.0.0.1")).toEqual({ host: "10.0.0.1", port: 53 });
    expect(parseNameserver("10.0.0.1:5353")).toEqual({ host: "10.0.0.1", port: 5353 });
    expect(parseNameserver("2001:DB8::1")).toEqual({ host: "2001:db8::1", port: 53 });
    expect(parseNameserver("[::1]")).toEqual({ host: "::1", port: 53 });
    expect(parseNameserver("[::1]:5353")).toEqual({ host: "::1", port: 5353 });
  });

  it("refuses anything else", () => {
    for (const text of [
      "",
      "dns.example",
      "dns.example:53",
      "10.0.0.1:",
      "10.0.0.1:0",
      "10.0.0.1:65536",
      "10.0.0.1:x",
      "[10.0.0.1]",
      "[::1",
      "[::1]5353",
      "[]:53",
      ":53",
    ]) {
      expect(parseNameserver(text)).toBeUndefined();
    }
  });
});
