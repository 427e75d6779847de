import { describeOthers, healthNews } from "../../../src/core/events/health-changes";
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
  return healthNews("chat", [{ key: "a", record, event }]).news[0]!;
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
    expect(healthNews("chat", [change]).news[0]!.line).toBe(
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

  it("leave out what only the next leader needs, and are no more than a hundred", () => {
    const changes: HealthChange[] = [];
    for (const index of $range(1, 150)) {
      changes.push({ key: `quiet-${index}`, record: RECORD });
      changes.push({
        key: `p${index}`,
        record: RECORD,
        event: { to: "down", reason: "", source: "handshakes" },
      });
    }
    const { news, others } = healthNews("chat", changes);
    expect(news.length).toBe(100);
    expect(news[99]!.data["peer"]).toBe("p100");
    expect(others).toBe(50);
    expect(healthNews("chat", changes.slice(0, 200)).others).toBe(0);
    expect(describeOthers("chat", 50)).toBe('the health of 50 other peers of upstream "chat" has changed');
  });
});
