import { Attempts } from "../../../src/core/health/attempts";
import type { AttemptReport } from "../../../src/core/health/record";
import type { Peer } from "../../../src/core/pool/peer";
import { aPeer } from "../support/upstream-fixture";

let attempts: Attempts;
let a: Peer;
let b: Peer;

beforeEach(() => {
  attempts = new Attempts();
  a = aPeer({ key: "a" });
  b = aPeer({ key: "b" });
});

function told(nowS: number): string {
  return attempts
    .take(nowS)
    .map((report) => lineOf(report))
    .join("; ");
}

function lineOf(report: AttemptReport): string {
  const { key, failures, failuresInRow, reason, lateSuccesses, trial, agent } = report;
  const words = [`${key} ${report.attempts}/${failures}/${failuresInRow}`, reason];
  if (lateSuccesses !== undefined) words.push(`${lateSuccesses} late`);
  if (trial !== undefined) words.push(trial);
  if (agent !== undefined) words.push(`says ${agent}`);
  return words.filter((word) => word !== "").join(" ");
}

describe("what a worker has to tell of its attempts", () => {
  it("is nothing before the first, and nothing twice", () => {
    expect(told(1)).toBe("");
    attempts.failed(a, "connect failed", "s1");
    expect(told(1)).toBe("a 1/1/1 connect failed");
    expect(told(1)).toBe("");
  });

  it("is of each peer for itself, by upstream, key and address", () => {
    attempts.failed(a, "connect failed", "s1");
    attempts.opened(b, "s1", 0, 1);
    const [first] = attempts.take(1);
    expect([first!.upstream, first!.key, first!.address]).toEqual(["chat", "a", "10.0.0.1:80"]);
    attempts.opened(b, "s2", 0, 1);
    expect(told(1)).toBe("b 1/0/0");
  });

  it("counts failures in a row from the last success on", () => {
    attempts.failed(a, "connect failed", "s1");
    attempts.opened(a, "s2", 0, 1);
    attempts.failed(a, "connect failed", "s3");
    attempts.failed(a, "answered 503", "s4");
    expect(told(1)).toBe("a 4/3/2 answered 503");
  });

  it("ends no row by a session that opened before the failures and is told after them", () => {
    attempts.opened(a, "s1", 1000, 1);
    attempts.failed(a, "connect failed", "s2");
    attempts.opened(a, "s3", 1000, 1.5);
    expect(told(1.6)).toBe("a 1/1/1 connect failed");
    attempts.failed(a, "connect failed", "s4");
    expect(told(2)).toBe("a 2/1/1 connect failed 1 late");
    attempts.opened(a, "s5", 1000, 2);
    expect(told(2.5)).toBe("a 1/0/0 1 late");
    expect(told(3)).toBe("a 1/0/0");
  });

  it("is not told of a peer that is gone", () => {
    attempts.failed(a, "connect failed", "s1");
    a.isRemoved = true;
    expect(told(1)).toBe("");
  });
});

describe("the trial of a peer", () => {
  it("has failed or passed with the session that is the trial, and with no other", () => {
    a.trialSession = "s2";
    attempts.opened(a, "s1", 0, 1);
    expect(told(1)).toBe("a 1/0/0");
    attempts.opened(a, "s2", 0, 1);
    expect(told(1)).toBe("a 1/0/0 passed");
    expect(a.trialSession).toBeUndefined();
    a.trialSession = "s3";
    attempts.failed(a, "connect failed", "s3");
    expect(told(1)).toBe("a 1/1/1 connect failed failed");
    attempts.failed(a, "connect failed", "s3");
    expect(told(1)).toBe("a 1/1/1 connect failed");
  });

  it("has passed only when the session has lasted, where early closes count", () => {
    a.trialSession = "s2";
    attempts.opened(a, "s1", 1000, 10);
    attempts.opened(a, "s2", 1000, 10.5);
    expect(told(11)).toBe("a 1/0/0");
    expect(told(11.5)).toBe("a 1/0/0 passed");
  });

  it("has failed when the session breaks off early", () => {
    a.trialSession = "s1";
    attempts.opened(a, "s1", 1000, 10);
    attempts.closedEarly(a, "reset after its 101", "s1");
    expect(told(10.5)).toBe("a 1/1/1 reset after its 101 failed");
    expect(told(11)).toBe("a 0/0/0");
  });
});

describe("a session that has to last", () => {
  it("is a success when it has, in the order of time whatever the upstream asks for", () => {
    attempts.opened(a, "s1", 5000, 10);
    attempts.opened(b, "s2", 1000, 10);
    attempts.failed(a, "connect failed", "s3");
    expect(told(10)).toBe("a 1/1/1 connect failed");
    expect(told(11)).toBe("b 1/0/0");
    expect(told(14.9)).toBe("");
    expect(told(15)).toBe("a 1/0/0 1 late");
  });

  it("is a failure at once if it breaks off, and no success later", () => {
    for (const at of $range(1, 3)) attempts.opened(a, `s${at}`, 1000, 10);
    attempts.closedEarly(a, "closed after its 101", "s2");
    expect(told(10.2)).toBe("a 1/1/1 closed after its 101");
    expect(told(11)).toBe("a 2/0/0 2 late");
    attempts.opened(a, "s4", 1000, 11);
    expect(told(12)).toBe("a 1/0/0");
  });

  it("takes no success from those that come later if it has counted already", () => {
    attempts.opened(a, "s1", 0, 10);
    attempts.closedEarly(a, "closed after its 101", "s1");
    expect(told(10)).toBe("a 2/1/1 closed after its 101");
    attempts.opened(a, "s2", 1000, 10);
    expect(told(11)).toBe("a 1/0/0");
  });

  it("counts at once when the system's clock was set back", () => {
    attempts.opened(a, "s1", 1000, 5000);
    expect(told(10)).toBe("a 1/0/0");
  });

  it("counts at once while very many wait", () => {
    for (const at of $range(1, 100_001)) attempts.opened(at > 100_000 ? b : a, "s", 1000, 10);
    expect(told(10)).toBe("b 1/0/0");
    expect(told(11)).toBe("a 100000/0/0");
    attempts.opened(b, "s", 1000, 11);
    expect(told(11)).toBe("");
    expect(told(12)).toBe("b 1/0/0");
  });

  it("is neither lost nor counted twice in a stream of them", () => {
    let opened = 0;
    let counted = 0;
    for (const step of $range(1, 400)) {
      for (const _ of $range(1, (step * 7) % 5)) {
        attempts.opened(a, "s", 1000, step * 0.1);
        opened += 1;
      }
      for (const report of attempts.take(step * 0.1)) counted += report.attempts;
    }
    for (const report of attempts.take(100)) counted += report.attempts;
    expect(opened).toBeGreaterThan(500);
    expect(counted).toBe(opened);
  });
});

describe("what a peer says in a 101", () => {
  it("is told when it is something else, and no longer than it may be", () => {
    attempts.agentSaid(a, "drain");
    attempts.agentSaid(a, "drain");
    expect(told(1)).toBe("a 0/0/0 says drain");
    attempts.agentSaid(a, "drain");
    expect(told(1)).toBe("");
    attempts.agentSaid(a, "x".repeat(200));
    expect(told(1)).toBe(`a 0/0/0 says ${"x".repeat(128)}`);
    attempts.agentSaid(a, "x".repeat(200));
    expect(told(1)).toBe("");
  });
});
