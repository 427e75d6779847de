import { parseAddress, parseServer } from "../../../src/core/config/address";
import { parseHost } from "../../../src/core/config/host";

function reasonFor(text: string): string | undefined {
  const [, reason] = parseAddress(text);
  return reason;
}

describe("a peer's address", () => {
  it("is an IP address, a name or a unix socket", () => {
    const cases: [string, string, string, number][] = [
      ["10.0.0.1:8010", "ip", "10.0.0.1", 8010],
      ["[2001:DB8:0::1]:443", "ip", "[2001:db8::1]", 443],
      ["[::ffff:10.0.0.1]:1", "ip", "[::ffff:a00:1]", 1],
      ["Chat-1.Internal:65535", "name", "chat-1.internal", 65_535],
      ["localhost:80", "name", "localhost", 80],
      ["my_service:80", "name", "my_service", 80],
      ["unix:/run/A.sock", "unix", "unix:/run/A.sock", 0],
    ];
    for (const [text, kind, host, port] of cases) {
      const [address] = parseAddress(text);
      expect(address).toEqual({ kind, host, port });
    }
  });

  it("is refused with the reason", () => {
    const port = "the port is not a number from 1 to 65535";
    const cases: [string, string][] = [
      ["", "no port"],
      ["10.0.0.1", "no port"],
      ["10.0.0.1:", port],
      ["10.0.0.1:0", port],
      ["10.0.0.1:080", port],
      ["10.0.0.1:65536", port],
      ["10.0.0.1:8x", port],
      ["10.0.0.1:-1", port],
      ["10.0.0.256:80", "it ends in a number and is not an IPv4 address"],
      ["10.0.0:80", "it ends in a number and is not an IPv4 address"],
      ["010.0.0.1:80", "it ends in a number and is not an IPv4 address"],
      ["::1:80", port],
      ["[::1]", "no port after the brackets"],
      ["[::1]:0", port],
      ["[::1%eth0]:80", "no IPv6 address between the brackets"],
      ["[1::2::3]:80", "no IPv6 address between the brackets"],
      ["[10.0.0.1]:80", "no IPv6 address between the brackets"],
      [":80", "not a name of labels of a-z, 0-9, '-' and '_' with dots between them"],
      ["a..b:80", "not a name of labels of a-z, 0-9, '-' and '_' with dots between them"],
      ["a.:80", "not a name of labels of a-z, 0-9, '-' and '_' with dots between them"],
      ["-a:80", "not a name of labels of a-z, 0-9, '-' and '_' with dots between them"],
      ["a-:80", "not a name of labels of a-z, 0-9, '-' and '_' with dots between them"],
      ["a b:80", "not a name of labels of a-z, 0-9, '-' and '_' with dots between them"],
      ["é:80", "not a name of labels of a-z, 0-9, '-' and '_' with dots between them"],
      [`${"a".repeat(64)}:80`, "not a name of labels of a-z, 0-9, '-' and '_' with dots between them"],
      [`${"a.".repeat(127)}a:80`, "a name has at most 253 characters"],
      ["unix:run/a.sock", "the path of the socket is not absolute"],
      ["unix:/run/a b", "the path of the socket is not visible ASCII without '#'"],
      ["unix:/run/a#b", "the path of the socket is not visible ASCII without '#'"],
      [`unix:/${"a".repeat(107)}`, "the path of the socket has more than 107 characters"],
    ];
    for (const [text, reason] of cases) expect(`${text} ${reasonFor(text)}`).toBe(`${text} ${reason}`);
  });

  it("may be as long as the parts of it may", () => {
    expect(reasonFor(`unix:/${"a".repeat(106)}`)).toBeUndefined();
    expect(reasonFor(`${"a.".repeat(126)}a:80`)).toBeUndefined();
    expect(reasonFor(`${"a".repeat(63)}:80`)).toBeUndefined();
  });
});

describe("a DNS server's address", () => {
  it("is an IP address with or without a port", () => {
    for (const text of ["10.0.0.1", "10.0.0.1:5353", "[::1]", "[::1]:5353"]) {
      const [server] = parseServer(text);
      expect(server).toBe(text);
    }
    for (const text of ["", "dns.example", "dns.example:53", "::1", "10.0.0.1:0", "[::1]:", "unix:/a"]) {
      const [server] = parseServer(text);
      expect(server).toBeUndefined();
    }
  });
});

describe("a route's host", () => {
  it("is written in lower case", () => {
    const cases: [string, string][] = [
      ["Chat.Example.COM", "chat.example.com"],
      ["*.Example.com", "*.example.com"],
      ["my_host", "my_host"],
      ["xn--bcher-kva.example", "xn--bcher-kva.example"],
      ["127.0.0.1", "127.0.0.1"],
      ["[2001:DB8::0:1]", "[2001:db8::1]"],
    ];
    for (const [text, expected] of cases) {
      const [host] = parseHost(text);
      expect(host).toBe(expected);
    }
  });

  it("has no port, no dot at its end, no star but the first label", () => {
    const refused = [
      "",
      "*",
      "*.",
      "a.*",
      "*.*.a",
      "a*.b",
      "a:80",
      "a.",
      "::1",
      "[::1",
      "[]",
      "[::1]:80",
      "1.2.3",
      "*.1",
      "a/b",
    ];
    for (const text of refused) {
      const [host] = parseHost(text);
      expect(host).toBeUndefined();
    }
  });
});
