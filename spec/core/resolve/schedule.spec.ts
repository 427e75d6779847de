import type { Answer } from "../../../src/core/resolve/answer";
import { MAX_ADDRESSES, Schedule } from "../../../src/core/resolve/schedule";

let now = 0;
let random = 1;
let logged: string[] = [];
let schedule: Schedule;

/** All that is due, in its order. */
function takeAll(): string[] {
  const names: string[] = [];
  for (let name = schedule.take(); name !== undefined; name = schedule.take()) names.push(name);
  return names;
}

/** Seconds, to the step of the search, until the only name is due. */
function waitForDue(stepS: number): number {
  const start = now;
  while (schedule.take() === undefined) now += stepS;
  return now - start;
}

function answer(addresses: string[], ttlS: number): Answer {
  return { addresses, ttlS };
}

beforeEach(() => {
  now = 1000;
  random = 1;
  logged = [];
  schedule = new Schedule(
    { now: () => now },
    { integer: (limit) => Math.min(random, limit) },
    {
      write: (level, message) => {
        logged.push(`${level} ${message}`);
      },
    },
  );
  schedule.setBounds({ ttlMinMs: 1000, ttlMaxMs: 300000 });
  schedule.setNames(["chat"]);
});

describe("what is due", () => {
  it("is every new name, once and in order", () => {
    schedule.setNames(["b", "a", "b", "c"]);
    expect(takeAll()).toEqual(["b", "a", "c"]);
    expect(takeAll()).toEqual([]);
  });

  it("is nothing where there are no names", () => {
    schedule.setNames([]);
    expect(schedule.take()).toBeUndefined();
  });

  it("gives every name its turn", () => {
    schedule.setNames(["a", "b"]);
    expect(schedule.take()).toBe("a");
    schedule.failed("a", "timeout");
    now += 100;
    expect(schedule.take()).toBe("b");
    expect(schedule.take()).toBe("a");
  });

  it("is not what is being resolved", () => {
    schedule.take();
    now += 100000;
    expect(schedule.take()).toBeUndefined();
    schedule.answered("chat", answer(["10.0.0.1"], 5));
    now += 6;
    expect(schedule.take()).toBe("chat");
  });

  it("is a name whose TTL is over", () => {
    schedule.take();
    schedule.answered("chat", answer(["10.0.0.1"], 60));
    now += 60;
    expect(schedule.take()).toBeUndefined();
    now += 0.1;
    expect(schedule.take()).toBe("chat");
  });

  it("comes at most a tenth late, at random", () => {
    random = 1000;
    schedule.take();
    schedule.answered("chat", answer(["10.0.0.1"], 60));
    expect(waitForDue(0.5)).toBeCloseTo(66.5, 6);
  });

  it("keeps a TTL within its bounds", () => {
    schedule.setBounds({ ttlMinMs: 5000, ttlMaxMs: 20000 });
    schedule.take();
    schedule.answered("chat", answer(["10.0.0.1"], 0));
    expect(waitForDue(0.5)).toBeCloseTo(5.5, 6);
    schedule.answered("chat", answer(["10.0.0.1"], 86400));
    expect(waitForDue(0.5)).toBeCloseTo(20.5, 6);
  });

  it("obeys a lowered maximum at once", () => {
    schedule.take();
    schedule.answered("chat", answer(["10.0.0.1"], 300));
    schedule.setBounds({ ttlMinMs: 1000, ttlMaxMs: 10000 });
    expect(waitForDue(0.5)).toBeCloseTo(11.5, 6);
  });

  it("is everything after the servers changed", () => {
    schedule.setNames(["a", "b"]);
    takeAll();
    schedule.answered("a", answer(["10.0.0.1"], 300));
    schedule.failed("b", "timeout");
    schedule.refreshAll();
    expect(takeAll()).toEqual(["a", "b"]);
  });

  it("does not wait for a clock that was set back", () => {
    schedule.take();
    schedule.answered("chat", answer(["10.0.0.1"], 60));
    now -= 86400;
    expect(schedule.take()).toBe("chat");
  });
});

describe("an answer", () => {
  it("is sorted, and each address in it once", () => {
    expect(schedule.addresses("chat")).toBeUndefined();
    expect(schedule.answered("chat", answer(["10.0.0.2", "::1", "10.0.0.1", "10.0.0.2"], 5))).toBe(true);
    expect(schedule.addresses("chat")).toEqual(["10.0.0.1", "10.0.0.2", "::1"]);
  });

  it("changes nothing when it holds the same addresses in another order", () => {
    schedule.answered("chat", answer(["10.0.0.1", "10.0.0.2"], 5));
    expect(schedule.answered("chat", answer(["10.0.0.2", "10.0.0.1"], 5))).toBe(false);
    expect(schedule.answered("chat", answer(["10.0.0.2"], 5))).toBe(true);
    expect(schedule.answered("chat", answer(["10.0.0.3"], 5))).toBe(true);
  });

  it("is cut, and said to be, where it has too many addresses", () => {
    const many: string[] = [];
    for (let index = 0; index < MAX_ADDRESSES + 44; index += 1) {
      many.push(`10.0.${Math.floor(index / 256)}.${index % 256}`);
    }
    expect(schedule.answered("chat", answer(many, 5))).toBe(true);
    expect(schedule.addresses("chat")).toHaveLength(MAX_ADDRESSES);
    expect(logged).toEqual(["warn resolver: chat: 300 addresses, the first 256 are used"]);
    expect(schedule.answered("chat", answer(many, 5))).toBe(false);
    expect(logged).toHaveLength(1);
  });

  it("of one family leaves the other as it was when that could not be asked", () => {
    schedule.answered("chat", answer(["10.0.0.1", "::1"], 60));
    const partial = {
      addresses: ["10.0.0.2"],
      ttlS: 60,
      missing: { family: "ipv6", reason: "timeout" },
    } as const;
    expect(schedule.answered("chat", partial)).toBe(true);
    expect(schedule.addresses("chat")).toEqual(["10.0.0.2", "::1"]);
    expect(schedule.failure("chat")).toBe("ipv6: timeout");
    expect(schedule.answered("chat", answer(["10.0.0.2"], 60))).toBe(true);
    expect(schedule.addresses("chat")).toEqual(["10.0.0.2"]);
    expect(schedule.failure("chat")).toBeUndefined();
  });

  it("of one family is completed as soon as a failure is retried", () => {
    schedule.take();
    schedule.answered("chat", {
      addresses: ["::1"],
      ttlS: 300,
      missing: { family: "ipv4", reason: "timeout" },
    });
    expect(waitForDue(0.5)).toBeCloseTo(1.5, 6);
  });
});

describe("a failure", () => {
  it("takes no address away, however often it happens", () => {
    schedule.answered("chat", answer(["10.0.0.1"], 5));
    for (let round = 0; round < 100; round += 1) {
      schedule.failed("chat", "NXDOMAIN");
      now += 1000;
    }
    expect(schedule.addresses("chat")).toEqual(["10.0.0.1"]);
    expect(schedule.failure("chat")).toBe("NXDOMAIN");
  });

  it("is retried after 1, 2, 4, 8, 16 and then every 30 seconds", () => {
    schedule.take();
    for (const waitS of [1, 2, 4, 8, 16, 30, 30]) {
      schedule.failed("chat", "timeout");
      expect(waitForDue(0.5)).toBeCloseTo(waitS + 0.5, 6);
    }
  });

  it("is retried no later than an answer is refreshed", () => {
    schedule.setBounds({ ttlMinMs: 1000, ttlMaxMs: 3000 });
    schedule.take();
    for (const waitS of [1, 2, 3, 3]) {
      schedule.failed("chat", "timeout");
      expect(waitForDue(0.5)).toBeCloseTo(waitS + 0.5, 6);
    }
  });

  it("counts from one again after an answer", () => {
    schedule.take();
    for (let round = 0; round < 5; round += 1) schedule.failed("chat", "timeout");
    schedule.answered("chat", answer(["10.0.0.1"], 5));
    expect(schedule.failure("chat")).toBeUndefined();
    schedule.failed("chat", "timeout");
    expect(waitForDue(0.5)).toBeCloseTo(1.5, 6);
  });

  it("is logged when its reason is a new one, and so is its end", () => {
    schedule.answered("chat", answer(["10.0.0.1", "10.0.0.2"], 5));
    schedule.failed("chat", "timeout");
    schedule.failed("chat", "timeout");
    schedule.failed("chat", "NXDOMAIN");
    schedule.answered("chat", answer(["10.0.0.1", "10.0.0.2"], 5));
    schedule.answered("chat", answer(["10.0.0.1", "10.0.0.2"], 5));
    expect(logged).toEqual([
      "warn resolver: chat: timeout; addresses kept: 2",
      "warn resolver: chat: NXDOMAIN; addresses kept: 2",
      "notice resolver: chat: answered again",
    ]);
  });
});

describe("other names", () => {
  it("leave alone what stays", () => {
    schedule.setNames(["a", "b"]);
    takeAll();
    schedule.answered("a", answer(["10.0.0.1"], 60));
    schedule.answered("b", answer(["10.0.0.2"], 60));
    schedule.setNames(["b", "c"]);
    expect(schedule.addresses("a")).toBeUndefined();
    expect(schedule.addresses("b")).toEqual(["10.0.0.2"]);
    expect(takeAll()).toEqual(["c"]);
  });

  it("make an answer for one that is gone meaningless", () => {
    schedule.take();
    schedule.setNames(["other"]);
    expect(schedule.answered("chat", answer(["10.0.0.1"], 5))).toBe(false);
    schedule.failed("chat", "timeout");
    expect(schedule.addresses("chat")).toBeUndefined();
    expect(schedule.failure("chat")).toBeUndefined();
    expect(logged).toEqual([]);
  });

  it("make one that comes back start anew", () => {
    schedule.take();
    schedule.answered("chat", answer(["10.0.0.1"], 60));
    schedule.setNames([]);
    schedule.setNames(["chat"]);
    expect(schedule.addresses("chat")).toBeUndefined();
    expect(schedule.take()).toBe("chat");
  });
});
