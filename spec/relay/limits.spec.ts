import type { RelayConfig } from "../../src/core/config/snapshot";
import { Limits } from "../../src/relay/limits";
import { seededRng } from "../core/support/seeded-rng";

function limits(messagesPerSecond: number, bytesPerSecond: number, onExcess: "close" | "delay"): Limits {
  const config = { messagesPerSecond, bytesPerSecond, onExcess, messageTimeoutMs: 0, maxAgeMs: 0 };
  return new Limits(config as RelayConfig, 0, seededRng(1));
}

describe("how much is read at once from a client that is limited", () => {
  it("is as much as ever where what is too much ends the session", () => {
    expect(limits(10, 10, "close").readBytes(65_536, 5)).toBe(65_536);
  });

  it("is little where messages are slowed down, beside what ends the frame under way", () => {
    expect(limits(10, 0, "delay").readBytes(65_536, 0)).toBe(128);
    expect(limits(10, 0, "delay").readBytes(65_536, 5000)).toBe(5128);
    expect(limits(10_000, 0, "delay").readBytes(65_536, 0)).toBe(6000);
    expect(limits(10_000_000, 0, "delay").readBytes(65_536, 0)).toBe(65_536);
  });

  it("is little where bytes are slowed down", () => {
    expect(limits(0, 10_000, "delay").readBytes(65_536, 5000)).toBe(1000);
  });
});
