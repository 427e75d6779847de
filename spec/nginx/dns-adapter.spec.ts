import { DnsServer, REFUSED, SERVFAIL, records } from "../support/dns-server";
import { LuaNginx } from "../support/lua-nginx";

interface Outcome {
  readonly answer?: {
    readonly addresses: string[];
    readonly ttlS: number;
    readonly missing?: { readonly family: string; readonly reason: string };
  };
  readonly err?: string;
  readonly elapsedS: number;
}

const TIMEOUT_MS = 300;

const RESOLVE = `
local dns = require "resty.switchboard.ngx.dns"
local nameservers = require "resty.switchboard.core.resolve.nameservers"
local lualib = require "resty.switchboard.lualib"
local args = ngx.req.get_uri_args()
local servers = {}
for text in args.servers:gmatch("%S+") do table.insert(servers, nameservers.parseNameserver(text)) end
local options = { timeoutMs = ${TIMEOUT_MS}, attempts = tonumber(args.attempts) }
local list = lualib.__TS__New(nameservers.Nameservers, servers, options)
ngx.update_time()
local start = ngx.now()
local answer, err = dns.resolveName(args.name, list)
ngx.update_time()
ngx.print(require("cjson.safe").encode { answer = answer, err = err, elapsedS = ngx.now() - start })`;

let nginx: LuaNginx;
let server: DnsServer;
let second: DnsServer;

async function resolve(name: string, servers = [server.address], attempts = 1): Promise<Outcome> {
  return nginx.call("/resolve", { name, servers: servers.join(" "), attempts: String(attempts) });
}

beforeAll(async () => {
  server = await DnsServer.start();
  second = await DnsServer.start("::1");
  nginx = await LuaNginx.start({
    init: 'require "resty.switchboard.ngx.dns"',
    locations: { "/resolve": RESOLVE },
  });
});

describe("a name with addresses", () => {
  it("of IPv4 alone", async () => {
    server.setAddresses("v4.example", ["10.0.0.1", "10.0.0.2"], 30);
    const { answer } = await resolve("v4.example");
    expect(answer).toEqual({ addresses: ["10.0.0.1", "10.0.0.2"], ttlS: 30 });
    expect(server.questions("v4.example")).toEqual(["A udp", "AAAA udp"]);
  });

  it("of IPv6 alone, written in canonical form", async () => {
    server.setAddresses("v6.example", ["2001:db8:0:0:1:0:0:1", "::1"]);
    const { answer } = await resolve("v6.example");
    expect(answer?.addresses).toEqual(["2001:db8::1:0:0:1", "::1"]);
  });

  it("of both families, for the shorter of their times", async () => {
    server.set("dual.example", {
      records: [...records("dual.example", ["10.0.0.1"], 60), ...records("dual.example", ["::1"], 7)],
    });
    const { answer } = await resolve("dual.example");
    expect(answer).toEqual({ addresses: ["10.0.0.1", "::1"], ttlS: 7 });
  });

  it("behind a chain of aliases, whose TTLs count", async () => {
    server.set("alias.example", {
      records: [
        { type: "CNAME", name: "alias.example", ttl: 60, data: "next.example" },
        { type: "CNAME", name: "next.example", ttl: 9, data: "real.example" },
        ...records("real.example", ["10.0.0.1"], 30),
      ],
    });
    const { answer } = await resolve("alias.example");
    expect(answer).toEqual({ addresses: ["10.0.0.1"], ttlS: 9 });
  });

  it("in any case, with or without the dot at its end", async () => {
    server.setAddresses("case.example", ["10.0.0.1"]);
    const { answer } = await resolve("Case.EXAMPLE.");
    expect(answer?.addresses).toEqual(["10.0.0.1"]);
  });

  it("too many for a datagram, over TCP", async () => {
    const addresses = Array.from({ length: 300 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
    server.set("many.example", { records: records("many.example", addresses), isTruncated: true });
    const { answer } = await resolve("many.example");
    expect(answer?.addresses).toEqual(addresses);
    expect(server.questions("many.example")).toEqual(["A tcp", "A udp", "AAAA tcp", "AAAA udp"]);
  });
});

describe("a name without addresses", () => {
  it("because it does not exist, which no other server is asked", async () => {
    const { err } = await resolve("nowhere.example", [server.address, second.address], 2);
    expect(err).toBe("NXDOMAIN");
    expect(server.questions("nowhere.example")).toEqual(["A udp", "AAAA udp"]);
    expect(second.questions("nowhere.example")).toEqual([]);
  });

  it("because it has records of other types only", async () => {
    server.set("empty.example", {});
    expect((await resolve("empty.example")).err).toBe("no address");
  });

  it("because no server is willing", async () => {
    server.set("broken.example", { rcode: SERVFAIL });
    second.set("broken.example", { rcode: REFUSED });
    expect((await resolve("broken.example", [server.address, second.address])).err).toBe("REFUSED");
    expect((await resolve("broken.example", [second.address, server.address])).err).toBe("SERVFAIL");
  });

  it("because no DNS message can carry it", async () => {
    expect((await resolve("a..example")).err).toBe("empty label");
  });

  it("because there is no server", async () => {
    expect((await resolve("v4.example", [])).err).toBe("no nameserver");
  });
});

describe("a server", () => {
  it("that is silent costs its timeout for every attempt, and no more", async () => {
    server.set("silent.example", { isSilent: true });
    const { err, elapsedS } = await resolve("silent.example", [server.address], 2);
    expect(err).toContain("timeout");
    expect(elapsedS).toBeGreaterThanOrEqual((1.9 * TIMEOUT_MS) / 1000);
    expect(elapsedS).toBeLessThan((3 * TIMEOUT_MS) / 1000);
    expect(server.questions("silent.example")).toEqual(["A udp", "A udp", "AAAA udp", "AAAA udp"]);
  });

  it("that is silent or fails is made up for by the next, here over IPv6", async () => {
    server.set("other.example", { isSilent: true }, "A");
    server.set("other.example", { rcode: SERVFAIL }, "AAAA");
    second.setAddresses("other.example", ["10.0.0.1", "::1"]);
    const { answer } = await resolve("other.example", [server.address, second.address]);
    expect(answer?.addresses).toEqual(["10.0.0.1", "::1"]);
    expect(answer?.missing).toBeUndefined();
  });

  it("that never answers for AAAA does not hold back the IPv4 addresses", async () => {
    server.setAddresses("old.example", ["10.0.0.1"]);
    server.set("old.example", { isSilent: true }, "AAAA");
    const { answer } = await resolve("old.example");
    expect(answer?.addresses).toEqual(["10.0.0.1"]);
    expect(answer?.missing?.family).toBe("ipv6");
    expect(answer?.missing?.reason).toContain("timeout");
  });

  it("that is gone is made up for by the next", async () => {
    const gone = await DnsServer.start();
    const { address } = gone;
    await gone.stop();
    server.setAddresses("there.example", ["10.0.0.1"]);
    const { answer } = await resolve("there.example", [address, server.address]);
    expect(answer?.addresses).toEqual(["10.0.0.1"]);
  });
});

describe("a datagram with another transaction's id", () => {
  it("is not the answer, which may still come", async () => {
    server.set("forged.example", {
      records: records("forged.example", ["10.0.0.1"]),
      forge: (answer) => [withOtherId(answer), answer],
    });
    expect((await resolve("forged.example")).answer?.addresses).toEqual(["10.0.0.1"]);
  });

  it("does not stretch the time, however many come", async () => {
    server.set("flood.example", {
      records: records("flood.example", ["10.0.0.1"]),
      forge: (answer) => [withOtherId(answer)],
      repeatMs: TIMEOUT_MS / 4,
    });
    const { err, elapsedS } = await resolve("flood.example");
    expect(err).toBe("no answer in time");
    expect(elapsedS).toBeLessThan((4 * TIMEOUT_MS) / 1000);
  });
});

describe("a datagram that is garbage", () => {
  function garble(name: string, forge: (answer: Buffer) => Buffer): void {
    server.set(name, { records: records(name, ["10.0.0.1"]), forge: (answer) => [forge(answer)] });
  }

  it("is waited past when it is of nobody's making", async () => {
    garble("noise.example", () => Buffer.from("nothing that a DNS server would ever say"));
    expect((await resolve("noise.example")).err).toContain("timeout");
  });

  it("has the question asked over TCP when it is cut", async () => {
    garble("cut.example", (answer) => answer.subarray(0, 7));
    expect((await resolve("cut.example")).answer?.addresses).toEqual(["10.0.0.1"]);
  });

  it("is a failure when it is a question", async () => {
    garble("question.example", (answer) => answer.fill(0, 2, 3));
    expect((await resolve("question.example")).err).toContain("bad QR flag");
  });

  it("is a failure when its lengths are wrong", async () => {
    garble("lengths.example", (answer) => answer.fill(0xff, answer.length - 6, answer.length - 4));
    expect((await resolve("lengths.example")).err).toContain("bad");
  });

  it("is a failure when a record ends after its name, where the library raises", async () => {
    server.set("short.example", {
      forge: (answer) => {
        answer.writeUInt16BE(1, 6);
        return [Buffer.concat([answer, Buffer.from("\x0alast.label\x00", "latin1")])];
      },
    });
    expect((await resolve("short.example")).err).toContain("malformed answer of 127.0.0.1");
  });
});

it("says what to install where the library is not there", async () => {
  const hidden = ["resty.dns.resolver", "nginx.dns.resolver"].map(
    (name) => `package.preload["${name}"] = function() error("hidden by the spec") end`,
  );
  const bare = await LuaNginx.start({ init: hidden.join("\n"), locations: { "/resolve": RESOLVE } });
  const query = { name: "v4.example", servers: server.address, attempts: "1" };
  const { err } = await bare.call<Outcome>("/resolve", query);
  expect(err).toContain("lua-nginx-dns");
});

function withOtherId(answer: Buffer): Buffer {
  const forged = Buffer.from(answer);
  forged.writeUInt16BE((answer.readUInt16BE(0) + 1) & 0xffff, 0);
  return forged;
}
