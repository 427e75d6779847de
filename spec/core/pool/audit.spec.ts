import { Audit, type AuditedCounters, type Counts } from "../../../src/core/pool/audit";

/** The shares and total of one peer, and what else happens while they are read. */
class FakeCounters implements AuditedCounters {
  shares: number[] = [];
  total = 0;
  isRemoved = false;
  readings = 0;
  /** Called after each reading. */
  meanwhile = (): void => undefined;

  read(): Counts {
    let sum = 0;
    for (const share of this.shares) sum += share;
    const counts = { sum, total: this.total, holders: this.shares.length };
    this.readings += 1;
    this.meanwhile();
    return counts;
  }

  correct(_peer: string, delta: number): void {
    this.total += delta;
  }

  remove(): void {
    this.isRemoved = true;
  }
}

let counters: FakeCounters;
let audit: Audit;

beforeEach(() => {
  counters = new FakeCounters();
  audit = new Audit(counters);
});

function round(isConfigured = true): void {
  audit.beginRound();
  audit.inspect("chat:a", isConfigured);
}

describe("a total that is the sum of the shares", () => {
  it("stays, and is read once a round", () => {
    counters.shares = [3, 0, 2];
    counters.total = 5;
    round();
    round();
    expect(counters.total).toBe(5);
    expect(counters.readings).toBe(2);
    expect(audit.hasDoubts).toBe(false);
  });
});

describe("a total that is not the sum of the shares", () => {
  beforeEach(() => {
    counters.shares = [3, 2];
    counters.total = 105;
  });

  it("is corrected in the second round that finds the same error", () => {
    round();
    expect(counters.total).toBe(105);
    expect(audit.hasDoubts).toBe(true);
    round();
    expect(counters.total).toBe(5);
    expect(audit.hasDoubts).toBe(false);
    round();
    expect(counters.total).toBe(5);
  });

  it("is raised as well as lowered", () => {
    counters.total = -1;
    round();
    round();
    expect(counters.total).toBe(5);
  });

  it("is corrected by what it lacks, however much was counted between the rounds", () => {
    round();
    counters.shares = [7, 1];
    counters.total += 3;
    round();
    expect(counters.total).toBe(8);
  });

  it("stays if the next round finds another error: an update was under way", () => {
    round();
    counters.total = 6;
    round();
    expect(counters.total).toBe(6);
    expect(audit.hasDoubts).toBe(true);
    counters.total = 5;
    round();
    expect(counters.total).toBe(5);
    expect(audit.hasDoubts).toBe(false);
  });

  it("stays if a round in between found it right", () => {
    round();
    counters.total = 5;
    round();
    counters.total = 105;
    round();
    expect(counters.total).toBe(105);
  });

  it("stays if a round in between did not come across it", () => {
    round();
    audit.beginRound();
    round();
    expect(counters.total).toBe(105);
  });

  it("is read until nothing changes in between", () => {
    let updates = 2;
    counters.meanwhile = () => {
      if (updates > 0) counters.total += 1;
      updates -= 1;
    };
    round();
    expect(counters.readings).toBe(4);
    round();
    expect(counters.total).toBe(5);
  });

  it("stays while it changes all the time", () => {
    counters.meanwhile = () => {
      counters.shares.push(1);
      counters.total += 1;
    };
    round();
    round();
    expect(counters.total - counters.shares.length).toBe(103);
  });
});

describe("the total of a peer that is not in the config", () => {
  it("is removed in the second round that finds neither sessions nor shares", () => {
    round(false);
    expect(counters.isRemoved).toBe(false);
    expect(audit.hasDoubts).toBe(true);
    round(false);
    expect(counters.isRemoved).toBe(true);
  });

  it("stays as long as a process has a share, be it 0", () => {
    counters.shares = [0];
    round(false);
    round(false);
    expect(counters.isRemoved).toBe(false);
    expect(audit.hasDoubts).toBe(false);
  });

  it("stays if the peer has come back by the next round", () => {
    round(false);
    round(true);
    round(false);
    expect(counters.isRemoved).toBe(false);
  });

  it("is corrected before it is removed", () => {
    counters.total = 2;
    round(false);
    round(false);
    expect(counters.total).toBe(0);
    expect(counters.isRemoved).toBe(false);
    round(false);
    round(false);
    expect(counters.isRemoved).toBe(true);
  });
});

it("keeps the peers apart", () => {
  counters.total = 1;
  audit.beginRound();
  audit.inspect("chat:a", true);
  audit.beginRound();
  audit.inspect("chat:b", true);
  expect(counters.total).toBe(1);
});
