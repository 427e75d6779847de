import { parseHosts } from "../../../src/core/resolve/hosts-file";

describe("the hosts file", () => {
  it("gives every name of a line its address", () => {
    const hosts = parseHosts("127.0.0.1 localhost loop\n10.0.0.7\tchat.example\tchat\n");
    expect(hosts.lookup("localhost")).toEqual(["127.0.0.1"]);
    expect(hosts.lookup("loop")).toEqual(["127.0.0.1"]);
    expect(hosts.lookup("chat")).toEqual(["10.0.0.7"]);
    expect(hosts.lookup("other")).toBeUndefined();
  });

  it("collects the addresses of both families, each once", () => {
    const hosts = parseHosts("10.0.0.7 chat\n2001:DB8:0:0::7 chat\n10.0.0.7 chat chat\n10.0.0.8 chat");
    expect(hosts.lookup("chat")).toEqual(["10.0.0.7", "2001:db8::7", "10.0.0.8"]);
  });

  it("ignores the case of names", () => {
    const hosts = parseHosts("10.0.0.7 Chat.Example");
    expect(hosts.lookup("cHAT.eXAMPLE")).toEqual(["10.0.0.7"]);
  });

  it("stops at a comment, wherever it starts", () => {
    const hosts = parseHosts("#10.0.0.1 a\n10.0.0.2 b # c\n10.0.0.3 d#e\n  # 10.0.0.4 f\n");
    expect(hosts.lookup("a")).toBeUndefined();
    expect(hosts.lookup("b")).toEqual(["10.0.0.2"]);
    expect(hosts.lookup("c")).toBeUndefined();
    expect(hosts.lookup("d")).toEqual(["10.0.0.3"]);
    expect(hosts.lookup("e")).toBeUndefined();
    expect(hosts.lookup("f")).toBeUndefined();
  });

  it("passes over lines that make no sense", () => {
    const hosts = parseHosts("chat 10.0.0.1\n10.0.0.300 x\n\n   \n10.0.0.9\n\u0000\u0001 y\n10.0.0.2 z\r\n");
    expect(hosts.lookup("10.0.0.1")).toBeUndefined();
    expect(hosts.lookup("x")).toBeUndefined();
    expect(hosts.lookup("y")).toBeUndefined();
    expect(hosts.lookup("")).toBeUndefined();
    expect(hosts.lookup("z")).toEqual(["10.0.0.2"]);
  });

  it("knows no name that nobody wrote down", () => {
    expect(parseHosts("10.0.0.1 a").lookup("constructor")).toBeUndefined();
    expect(parseHosts("10.0.0.1 __proto__").lookup("__proto__")).toEqual(["10.0.0.1"]);
    expect(parseHosts("").lookup("a")).toBeUndefined();
  });
});
