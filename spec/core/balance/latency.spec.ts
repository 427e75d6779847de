import { decay } from "../../../src/core/balance/decay";
import { Latency } from "../../../src/core/balance/latency";

const TAU_S = 10;

function handshake(latency: Latency, latencyMs: number, nowS: number, isFailed = false): void {
  latency.observe({ kind: "handshake", latencyMs, isFailed }, nowS);
}

function ping(latency: Latency, latencyMs: number, nowS: number, isFailed = false): void {
  latency.observe({ kind: "ping", latencyMs, isFailed }, nowS);
}

describe("the decay", () => {
  it("is that of e", () => {
    for (const x of [0, 0.001, 0.5, 1, 2]) expect(Math.abs(decay(x) / Math.exp(-x) - 1)).toBeLessThan(1e-7);
    for (const x of [5, 10, 20]) expect(Math.abs(decay(x) / Math.exp(-x) - 1)).toBeLessThan(0.01);
  });

  it("ends, and never goes up", () => {
    expect(decay(-1)).toBe(1);
    expect(decay(40)).toBe(0);
    expect(decay(1e9)).toBe(0);
    for (const step of $range(1, 400)) expect(decay(step / 10)).toBeLessThan(decay((step - 1) / 10));
  });
});

describe("the cost of a peer", () => {
  it("jumps up to a peak at once", () => {
    const latency = new Latency(TAU_S);
    handshake(latency, 20, 1000);
    expect(latency.costMs(1000)).toBe(20);
    handshake(latency, 900, 1001);
    expect(latency.costMs(1001)).toBe(900);
  });

  it("comes down by the time that has passed, not by the number of samples", () => {
    const latency = new Latency(TAU_S);
    handshake(latency, 900, 1000);
    for (const _ of $range(1, 100)) handshake(latency, 20, 1000);
    expect(latency.costMs(1000)).toBe(900);
    handshake(latency, 20, 1000 + TAU_S);
    expect(latency.costMs(1000 + TAU_S)).toBeCloseTo(900 * Math.exp(-1) + 20 * (1 - Math.exp(-1)), 3);
  });

  it("comes down while nobody asks for it", () => {
    const latency = new Latency(TAU_S);
    handshake(latency, 900, 1000);
    expect(latency.costMs(1000 + TAU_S)).toBeCloseTo(900 * Math.exp(-1), 3);
    expect(latency.costMs(1000 + 100 * TAU_S)).toBe(1);
  });

  it("is never below the tick of the clock", () => {
    const latency = new Latency(TAU_S);
    expect(latency.costMs(1000)).toBe(1);
    handshake(latency, 0, 1000);
    handshake(latency, -5, 1001);
    handshake(latency, 0 / 0, 1002);
    expect(latency.costMs(1003)).toBe(1);
  });

  it("comes down from whatever was said", () => {
    const latency = new Latency(TAU_S);
    handshake(latency, Infinity, 1000);
    handshake(latency, 20, 1001);
    expect(latency.costMs(2000)).toBe(1);
  });

  it("is the larger of those of handshakes and pings, neither of which makes the other smaller", () => {
    const latency = new Latency(TAU_S);
    handshake(latency, 50, 1000);
    for (const _ of $range(1, 100)) ping(latency, 1, 1000);
    expect(latency.costMs(1000)).toBe(50);
    ping(latency, 300, 1000);
    expect(latency.costMs(1000)).toBe(300);
    for (const _ of $range(1, 100)) handshake(latency, 50, 1000);
    expect(latency.costMs(1000)).toBe(300);
  });

  it("is that of what a pending handshake has taken already, for as long as there is hope", () => {
    const latency = new Latency(TAU_S);
    handshake(latency, 50, 1000);
    latency.ask(1001);
    expect(latency.costMs(1001.03)).toBeLessThan(50);
    expect(latency.costMs(1003)).toBeCloseTo(2000);
    latency.ask(1003);
    expect(latency.costMs(1004)).toBeCloseTo(3000);
    expect(latency.costMs(1012)).toBeLessThan(50);
  });

  it("goes on to come down after the system's clock was set back", () => {
    const latency = new Latency(TAU_S);
    handshake(latency, 900, 5000);
    expect(latency.costMs(1000)).toBe(900);
    expect(latency.costMs(1000 + TAU_S)).toBeCloseTo(900 * Math.exp(-1), 3);
  });
});

describe("a failed handshake", () => {
  it("costs at least a second, at least its time, and twice what the peer has cost", () => {
    const latency = new Latency(TAU_S);
    handshake(latency, 1, 1000, true);
    expect(latency.costMs(1000)).toBe(1000);
    const left = 1000 * decay(0.2);
    handshake(latency, 1, 1002, true);
    expect(latency.costMs(1002)).toBeCloseTo(2 * left);
    handshake(latency, 8000, 1002, true);
    expect(latency.costMs(1002)).toBe(8000);
  });

  it("is one with those that fail with it", () => {
    const latency = new Latency(TAU_S);
    for (const _ of $range(1, 1000)) handshake(latency, 1, 1000, true);
    expect(latency.costMs(1000)).toBe(1000);
  });

  it("costs no more than a minute, unless it took longer", () => {
    const latency = new Latency(3600);
    for (const minute of $range(1, 100)) handshake(latency, 1, 1000 + 60 * minute, true);
    expect(latency.costMs(7000)).toBe(60_000);
    handshake(latency, 90_000, 7100, true);
    expect(latency.costMs(7100)).toBe(90_000);
  });

  it("makes the peer doubtful until as much time has passed, and again from the next try on", () => {
    const latency = new Latency(TAU_S);
    handshake(latency, 1, 1000, true);
    expect(latency.isDoubtful(1000.9)).toBe(true);
    expect(latency.isDoubtful(1001.1)).toBe(false);
    latency.ask(1001.1);
    expect(latency.isDoubtful(1001.1)).toBe(true);
    handshake(latency, 30, 1001.2);
    expect(latency.isDoubtful(1001.2)).toBe(false);
  });

  it("is forgiven with the first that succeeds", () => {
    const latency = new Latency(TAU_S);
    handshake(latency, 1, 1000, true);
    handshake(latency, 30, 1000.1);
    expect(latency.isDoubtful(1000.1)).toBe(false);
    expect(latency.costMs(1000.1)).toBeGreaterThan(900);
  });

  it("is forgiven when the system's clock is set back", () => {
    const latency = new Latency(TAU_S);
    handshake(latency, 1, 5000, true);
    expect(latency.isDoubtful(1000)).toBe(false);
  });

  it("of a ping costs as much", () => {
    const latency = new Latency(TAU_S);
    ping(latency, 1, 1000, true);
    expect(latency.costMs(1000)).toBe(1000);
  });
});

describe("doubt", () => {
  it("is there of a new peer from its first session to the answer", () => {
    const latency = new Latency(TAU_S);
    expect(latency.isDoubtful(1000)).toBe(false);
    latency.ask(1000);
    expect(latency.isDoubtful(1000)).toBe(true);
    expect(latency.isDoubtful(1009)).toBe(true);
    expect(latency.isDoubtful(1011)).toBe(false);
    latency.ask(1011);
    expect(latency.isDoubtful(1011)).toBe(true);
    handshake(latency, 30, 1012);
    latency.ask(1012);
    expect(latency.isDoubtful(1012)).toBe(false);
  });

  it("is there of a peer that takes longer than it did", () => {
    const latency = new Latency(TAU_S);
    handshake(latency, 30, 1000);
    latency.ask(1000);
    expect(latency.isDoubtful(1000.02)).toBe(false);
    expect(latency.isDoubtful(1000.04)).toBe(true);
  });
});
