import { describeOthers, healthNews, newRation } from "../../../src/core/events/health-changes";
import type { HealthChange, HealthEvent, HealthRecord } from "../../../src/core/health/record";

const RECORD: HealthRecord = {
  address: "10.0.0.1:80",
  isUp: false,
  reason: "connect refused",
  sinceS: 1000,
  isOnTrial: false,
  memory: { falls: 0, ejections: 0, ejectedUntilS: 0, atS: 0 },
};

function told(event: HealthEvent, record: HealthRecord | undefined = RECORD) {
  return healthNews("chat", { key: "a", record, event }, newRation(), 1000)!;
}

describe("news of a peer's health", () => {
  it("say who is up or down, where, why, and who found it", () => {
    const { data, level, line } = told({ to: "down", reason: "connect refused", source: "probe" });
    expect(data).toEqual({
      upstream: "chat",
      peer: "a",
      to: "down",
      reason: "connect refused",
      source: "probe",
    });
    expect(level).toBe("warn");
    expect(line).toBe('peer "a" of upstream "chat" at 10.0.0.1:80 is down: connect refused');
  });

  it("are notices where they are no bad ones", () => {
    const up = told({ to: "up", reason: "", source: "handshakes" });
    expect([up.level, up.line]).toEqual(["notice", 'peer "a" of upstream "chat" at 10.0.0.1:80 is up']);
    expect(up.data["reason"]).toBeUndefined();
    const trial = told({ to: "trial", reason: "", source: "handshakes" });
    expect(trial.line).toBe('peer "a" of upstream "chat" at 10.0.0.1:80 is on trial');
    const agent = told({ to: "agent", reason: "drain", source: "agent" });
    expect([agent.level, agent.line]).toEqual([
      "notice",
      'peer "a" of upstream "chat" at 10.0.0.1:80 speaks for itself: drain',
    ]);
  });

  it("name no address where nothing is recorded any more", () => {
    const change: HealthChange = { key: "a", event: { to: "up", reason: "health is off", source: "config" } };
    expect(healthNews("chat", change, newRation(), 1000)!.line).toBe(
      'peer "a" of upstream "chat" is up: health is off',
    );
  });

  it("pass on nothing of a peer that a log or a terminal would act on, and not much", () => {
    const { data, line } = told({ to: "agent", reason: "a\r\n\u001b[31mb", source: "agent" });
    expect(data["reason"]).toBe("a?[31mb");
    expect(line.endsWith(": a?[31mb")).toBe(true);
    const long = told({ to: "down", reason: "x".repeat(1000), source: "probe" });
    expect(long.data["reason"]).toBe(`${"x".repeat(200)}...`);
  });

  it("leave out what only the next leader needs", () => {
    const ration = newRation();
    for (const _ of $range(1, 1000))
      expect(healthNews("chat", { key: "a", record: RECORD }, ration, 1000)).toBeUndefined();
    expect(ration.takeOthers(1000)).toBe(0);
  });

  it("are two hundred at a time at most, over all upstreams, and five a second after that", () => {
    const ration = newRation();
    const event: HealthEvent = { to: "down", reason: "", source: "handshakes" };
    function toldAt(nowS: number, count: number): number {
      let told = 0;
      for (const index of $range(1, count)) {
        const change = { key: `p${index}`, record: RECORD, event };
        if (healthNews(index % 2 === 0 ? "chat" : "mail", change, ration, nowS) !== undefined) told += 1;
      }
      return told;
    }
    expect(toldAt(1000, 250)).toBe(200);
    expect([ration.takeOthers(1000), ration.takeOthers(1000.5)]).toEqual([50, 0]);
    expect(toldAt(1004, 30)).toBe(20);
    expect(toldAt(900, 10)).toBe(0);
    expect(toldAt(901, 10)).toBe(5);
    expect(ration.takeOthers(1004)).toBe(25);
    expect(describeOthers(50)).toBe("the health of 50 other peers has changed");
    expect(toldAt(2000, 250)).toBe(200);
  });
});
