import { findStranger, type Caller, type GuardSettings } from "../../src/admin/guard";

const LOCAL: Caller = {
  addresses: ["127.0.0.1", "127.0.0.1"],
  host: "127.0.0.1:8021",
  origin: "",
  fetchSite: "",
  authorization: "",
};
const OPEN: GuardSettings = { token: undefined, hosts: [] };
const LOCKED: GuardSettings = { token: "s3cret", hosts: ["admin.example.com"] };

function verdict(fields: Partial<Caller>, settings = OPEN): string {
  return findStranger({ ...LOCAL, ...fields }, settings)?.code ?? "welcome";
}

describe("without a token", () => {
  it("lets this machine in, by IPv4, IPv6 and unix socket", () => {
    for (const address of ["127.0.0.1", "127.8.9.10", "::1", "unix:"])
      expect(verdict({ addresses: [address, address] })).toBe("welcome");
  });

  it("lets nobody else in, whatever a header says of them", () => {
    for (const address of [
      "10.0.0.1",
      "::2",
      "::ffff:10.0.0.1",
      "128.0.0.1",
      "127.0.0.1.evil",
      "1127.0.0.1",
      "",
    ]) {
      expect(verdict({ addresses: [address, address] })).toBe("forbidden_client");
      expect(verdict({ addresses: ["127.0.0.1", address] })).toBe("forbidden_client");
      expect(verdict({ addresses: [address, "127.0.0.1"] })).toBe("forbidden_client");
    }
  });
});

describe("the Host", () => {
  it("may be loopback, with any port", () => {
    for (const host of [
      "127.0.0.1",
      "127.1.2.3:1",
      "localhost",
      "LocalHost:8021",
      "[::1]",
      "[::1]:80",
      "localhost.",
    ])
      expect(verdict({ host })).toBe("welcome");
  });

  it("may be what init names, and nothing else", () => {
    const authorization = "Bearer s3cret";
    expect(verdict({ authorization, host: "Admin.Example.com:443" }, LOCKED)).toBe("welcome");
    for (const host of [
      "",
      "evil.example",
      "127.0.0.1.evil.example",
      "127.evil",
      "localhost.evil",
      "[::2]",
      "10.0.0.1",
    ])
      expect(verdict({ authorization, host }, LOCKED)).toBe("forbidden_host");
  });
});

describe("a browser", () => {
  it("may call from a page of the same origin, or from its address bar", () => {
    expect(verdict({ origin: "http://127.0.0.1:8021", fetchSite: "same-origin" })).toBe("welcome");
    expect(verdict({ fetchSite: "none" })).toBe("welcome");
    expect(verdict({ host: "LOCALHOST", origin: "http://localhost" })).toBe("welcome");
  });

  it("may not call from any other page", () => {
    for (const fetchSite of ["cross-site", "same-site", "x"])
      expect(verdict({ fetchSite })).toBe("forbidden_origin");
    for (const origin of [
      "null",
      "http://evil.example",
      "http://127.0.0.1",
      "http://127.0.0.1:80211",
      "127.0.0.1:8021",
    ])
      expect(verdict({ origin })).toBe("forbidden_origin");
  });
});

describe("with a token", () => {
  const remote = { addresses: ["10.0.0.1", "10.0.0.1"] };

  it("lets everyone in who has it", () => {
    for (const authorization of ["Bearer s3cret", "bearer s3cret", "BEARER s3cret"]) {
      expect(verdict({ authorization }, LOCKED)).toBe("welcome");
      expect(verdict({ ...remote, authorization }, LOCKED)).toBe("welcome");
    }
  });

  it("lets nobody in who has not, from this machine neither", () => {
    for (const authorization of [
      "",
      "Bearer ",
      "Bearer s3cre",
      "Bearer s3crets",
      "Bearer s3crets3cret",
      "Bearer S3cret",
      "Bearer  s3cret",
      "Basic s3cret",
      "s3cret",
      "Bearers3cret",
    ]) {
      expect(verdict({ authorization }, LOCKED)).toBe("unauthorized");
      expect(verdict({ ...remote, authorization }, LOCKED)).toBe("unauthorized");
    }
  });
});
