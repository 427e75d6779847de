import { parseResolvConf } from "../../../src/core/resolve/resolv-conf";

describe("resolv.conf", () => {
  it("lists the nameservers in their order", () => {
    const conf = parseResolvConf("nameserver 127.0.0.11\nnameserver 2001:DB8::53\n");
    expect(conf.nameservers).toEqual([
      { host: "127.0.0.11", port: 53 },
      { host: "2001:db8::53", port: 53 },
    ]);
  });

  it("waits two seconds and tries twice unless it is told otherwise", () => {
    const conf = parseResolvConf("");
    expect(conf.nameservers).toEqual([]);
    expect(conf.timeoutMs).toBe(2000);
    expect(conf.attempts).toBe(2);
  });

  it("honours timeout and attempts", () => {
    const conf = parseResolvConf("options ndots:5 timeout:1 rotate attempts:3\n");
    expect(conf.timeoutMs).toBe(1000);
    expect(conf.attempts).toBe(3);
  });

  it("keeps timeout and attempts within bounds", () => {
    const large = parseResolvConf("options timeout:30\noptions attempts:100");
    expect(large.timeoutMs).toBe(5000);
    expect(large.attempts).toBe(3);
    const small = parseResolvConf("options timeout:0 attempts:0");
    expect(small.timeoutMs).toBe(1000);
    expect(small.attempts).toBe(1);
  });

  it("passes over options that hold no number", () => {
    const conf = parseResolvConf("options timeout: attempts:x timeout:-1 attempts:1e9 timeout:99999999999");
    expect(conf.timeoutMs).toBe(2000);
    expect(conf.attempts).toBe(2);
  });

  it("passes over comments, search lists and nonsense", () => {
    const conf = parseResolvConf(
      "# nameserver 10.0.0.1\n; nameserver 10.0.0.2\nsearch example.com\nnameserver\nnameserver dns.example\n" +
        "nameserver fe80::1%eth0\nNAMESERVER 10.0.0.3\n nameserver\t10.0.0.4 # the good one\r\n",
    );
    expect(conf.nameservers).toEqual([{ host: "10.0.0.4", port: 53 }]);
  });

  it("reads no more than three nameservers", () => {
    const conf = parseResolvConf(
      "nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4",
    );
    expect(conf.nameservers).toHaveLength(3);
  });
});
