import type { HealthChange, HealthRecord } from "../../../src/core/health/record";
import { RecordKeeping } from "../../../src/core/health/record-keeping";
import { RecordingLog } from "../support/recording-log";

const stored = new LuaMap<string, string>();
let hasRoom: boolean;
let told: string[];
let log: RecordingLog;
let keeping: RecordKeeping;

beforeEach(() => {
  for (const key of ["a", "b"]) stored.delete(key);
  hasRoom = true;
  told = [];
  log = new RecordingLog();
  keeping = new RecordKeeping({
    records: {
      write: (_, key, { reason }) => {
        if (hasRoom) stored.set(key, reason);
        return hasRoom ? undefined : "no memory";
      },
      remove: (_, key) => void stored.delete(key),
      endClaim: (upstream, key) => void told.push(`end ${upstream} ${key}`),
    },
    told: { tell: (upstream, keys) => told.push(`${upstream}: ${keys.join(" ")}`) },
    log,
  });
});

function change(key: string, reason: string): HealthChange {
  const memory = { falls: 0, ejections: 0, ejectedUntilS: 0, atS: 0 };
  const record: HealthRecord = { address: "x", isUp: false, reason, sinceS: 0, isOnTrial: false, memory };
  return { key, record };
}

describe("records of peers", () => {
  it("are stored, and the workers are told of them together", () => {
    keeping.keep("chat", [change("a", "one"), change("b", "two")]);
    expect([stored.get("a"), stored.get("b")]).toEqual(["one", "two"]);
    expect(told).toEqual(["chat: a b"]);
    keeping.keep("chat", [{ key: "a" }]);
    expect(stored.has("a")).toBe(false);
    expect(told).toEqual(["chat: a b", "chat: a"]);
  });

  it("wait where there is no room, which is told once", () => {
    hasRoom = false;
    keeping.keep("chat", [change("a", "one"), change("b", "two")]);
    keeping.tryAgain(100);
    hasRoom = true;
    keeping.tryAgain(100.5);
    expect(told).toEqual([]);
    keeping.tryAgain(101);
    expect([stored.get("a"), stored.get("b")]).toEqual(["one", "two"]);
    expect(told).toHaveLength(2);
    expect(log.lines).toHaveLength(1);
    keeping.tryAgain(105);
    expect(told).toHaveLength(2);
  });

  it("do not take the place of newer ones when there is room again", () => {
    hasRoom = false;
    keeping.keep("chat", [change("a", "old"), change("b", "old")]);
    hasRoom = true;
    keeping.keep("chat", [change("a", "new"), { key: "b" }]);
    keeping.tryAgain(100);
    expect(stored.get("a")).toBe("new");
    expect(stored.has("b")).toBe(false);
  });

  it("are left to another process that leads", () => {
    hasRoom = false;
    keeping.keep("chat", [change("a", "old")]);
    hasRoom = true;
    keeping.forget();
    keeping.tryAgain(100);
    expect(stored.has("a")).toBe(false);
  });

  it("end what was claimed of a trial when a new one begins", () => {
    keeping.keep("chat", [{ ...change("a", ""), event: { to: "trial", reason: "", source: "handshakes" } }]);
    expect(told).toEqual(["end chat a", "chat: a"]);
  });
});
