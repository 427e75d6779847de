import type { ActiveHealthConfig, UpstreamConfig } from "../../../src/core/config/snapshot";
import { acceptOf } from "../../../src/core/handshake/upgrade-answer";
import { upgradeRequest } from "../../../src/core/health/probe-request";
import { probeTask } from "../../../src/core/health/probe-task";
import { ACTIVE } from "../support/health-config";
import { seededRng } from "../support/seeded-rng";
import { aPeerConfig, anUpstream } from "../support/upstream-fixture";

const PEER = { id: "a", key: "a", host: "10.0.0.1", port: 97, address: "10.0.0.1:97" };
const RESOLVED = { ...PEER, key: "a#10.0.0.1" };

function upstream(active: Partial<ActiveHealthConfig>, fields: Partial<UpstreamConfig> = {}): UpstreamConfig {
  const health = { active: { ...ACTIVE, ...active }, hasAgent: false, onDown: "keep" as const };
  return anUpstream({ health, peers: [aPeerConfig({ id: "a", address: "app.example:97" })], ...fields });
}

describe("the probe of a peer", () => {
  it("is none where the upstream is not probed", () => {
    expect(probeTask(anUpstream({}), PEER)).toBeUndefined();
  });

  it("goes to its address, or to the port of probes", () => {
    const task = probeTask(upstream({}), PEER)!;
    expect([task.id, task.host, task.port, task.address]).toEqual(["chat a", "10.0.0.1", 97, "10.0.0.1:97"]);
    expect(probeTask(upstream({ port: 9000 }), PEER)!.port).toBe(9000);
    const unix = { ...PEER, host: "unix:/s", port: 0, address: "unix:/s" };
    expect(probeTask(upstream({ port: 9000 }), unix)!.port).toBe(0);
    expect(probeTask(upstream({}), unix)!.hostHeader).toBe("localhost");
  });

  it("has the host of the probe, of the upstream if that is no template, or of the address", () => {
    const fixed = { hostHeader: "chat.example" };
    expect(probeTask(upstream({ host: "probe.example:1" }, fixed), PEER)!.hostHeader).toBe("probe.example:1");
    expect(probeTask(upstream({}, fixed), PEER)!.hostHeader).toBe("chat.example");
    expect(probeTask(upstream({}), PEER)!.hostHeader).toBe("10.0.0.1:97");
    expect(probeTask(upstream({}), RESOLVED)!.hostHeader).toBe("app.example:97");
  });

  it("verifies the name of the probe, of tls, of the host header or of the address", () => {
    const nameOf = (
      active: Partial<ActiveHealthConfig>,
      serverName: string,
      hostHeader: string,
      peer = PEER,
    ) => probeTask(upstream(active, { tls: { serverName }, hostHeader }), peer)!.tls!.serverName;
    expect(nameOf({ host: "probe.example:1" }, "tls.example", "chat.example")).toBe("probe.example");
    expect(nameOf({}, "tls.example", "chat.example")).toBe("tls.example");
    expect(nameOf({}, "$http_host", "chat.example:8443")).toBe("chat.example");
    expect(nameOf({}, "", "$http_host")).toBe("10.0.0.1");
    expect(nameOf({}, "", "$http_host", RESOLVED)).toBe("app.example");
    expect(nameOf({}, "", "$http_host", { ...PEER, host: "[::1]", address: "[::1]:97" })).toBe("::1");
    expect(probeTask(upstream({}), PEER)!.tls).toBeUndefined();
  });

  it("says what its type takes", () => {
    const request = (type: "tcp" | "http" | "websocket") =>
      probeTask(upstream({ type, path: "/p?q", headers: { "x-b": "2", "x-a": "1" } }), PEER)!.request;
    const start =
      "GET /p?q HTTP/1.1\r\nHost: 10.0.0.1:97\r\nUser-Agent: switchboard-probe\r\nx-a: 1\r\nx-b: 2\r\n";
    expect(request("tcp")).toBe("");
    expect(request("http")).toBe(`${start}Connection: close\r\n\r\n`);
    expect(upgradeRequest(request("websocket"), "KEY")).toBe(
      `${start}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: KEY\r\n\r\n`,
    );
    expect(
      probeTask(upstream({ headers: { "user-agent": "me" } }), PEER)!.request.includes("switchboard"),
    ).toBe(false);
  });
});

describe("the answer to a key", () => {
  it("is the base64 of the SHA-1 of the key and the GUID", () => {
    const ports = {
      rng: seededRng(1),
      sha1: (text: string) => `sha1(${text})`,
      base64: (text: string) => `base64(${text})`,
    };
    expect(acceptOf("KEY", ports)).toBe("base64(sha1(KEY258EAFA5-E914-47DA-95CA-C5AB0DC85B11))");
  });
});
