import {
  combine,
  isServersFault,
  readRecords,
  responseCodeName,
  TYPE_A,
  TYPE_AAAA,
} from "../../../src/core/resolve/answer";

const CNAME = 5;

describe("readRecords", () => {
  it("takes the addresses of the type asked for", () => {
    const records = [
      { type: TYPE_A, ttl: 60, address: "10.0.0.1" },
      { type: TYPE_AAAA, ttl: 60, address: "2001:db8:0:0:0:0:0:1" },
      { type: TYPE_A, ttl: 60, address: "10.0.0.2" },
    ];
    expect(readRecords(records, TYPE_A)).toEqual({ addresses: ["10.0.0.1", "10.0.0.2"], ttlS: 60 });
    expect(readRecords(records, TYPE_AAAA)).toEqual({ addresses: ["2001:db8::1"], ttlS: 60 });
  });

  it("holds as long as the shortest-lived record on the way", () => {
    const records = [
      { type: CNAME, ttl: 5 },
      { type: TYPE_A, ttl: 60, address: "10.0.0.1" },
    ];
    expect(readRecords(records, TYPE_A).ttlS).toBe(5);
  });

  it("reads a TTL with the top bit set as 0", () => {
    expect(readRecords([{ type: TYPE_A, ttl: -1, address: "10.0.0.1" }], TYPE_A).ttlS).toBe(0);
  });

  it("finds nothing in an empty section", () => {
    expect(readRecords([], TYPE_A)).toEqual({ addresses: [], ttlS: 0 });
  });
});

describe("combine", () => {
  const none = { answer: { addresses: [], ttlS: 0 } };
  const v4 = { answer: { addresses: ["10.0.0.1"], ttlS: 60 } };
  const v6 = { answer: { addresses: ["::1"], ttlS: 30 } };

  it("puts both families together for the shorter time", () => {
    const [answer] = combine(v4, v6);
    expect(answer).toEqual({ addresses: ["10.0.0.1", "::1"], ttlS: 30 });
  });

  it("is content with one family where the other has no address", () => {
    const [first] = combine(v4, none);
    expect(first).toEqual({ addresses: ["10.0.0.1"], ttlS: 60 });
    const [second] = combine(none, v6);
    expect(second).toEqual({ addresses: ["::1"], ttlS: 30 });
  });

  it("names the family that could not be asked", () => {
    const [first] = combine(v4, { reason: "timeout" });
    expect(first!.missing).toEqual({ family: "ipv6", reason: "timeout" });
    const [second] = combine({ reason: "SERVFAIL" }, v6);
    expect(second!.addresses).toEqual(["::1"]);
    expect(second!.missing).toEqual({ family: "ipv4", reason: "SERVFAIL" });
  });

  it("fails without an address, with the reason there is", () => {
    const [, both] = combine({ reason: "NXDOMAIN" }, { reason: "timeout" });
    expect(both).toBe("NXDOMAIN");
    const [, second] = combine(none, { reason: "timeout" });
    expect(second).toBe("timeout");
    const [, empty] = combine(none, none);
    expect(empty).toBe("no address");
  });
});

describe("response codes", () => {
  it("have the names that operators know", () => {
    expect(responseCodeName(2)).toBe("SERVFAIL");
    expect(responseCodeName(3)).toBe("NXDOMAIN");
    expect(responseCodeName(9)).toBe("response code 9");
  });

  it("send the question to the next server, except NXDOMAIN", () => {
    expect(isServersFault(0)).toBe(false);
    expect(isServersFault(2)).toBe(true);
    expect(isServersFault(3)).toBe(false);
    expect(isServersFault(5)).toBe(true);
  });
});
