import { FailureWindow } from "../../../src/core/health/failure-window";
import { passive, report, START_S } from "./health-scene";

let nowS = START_S;
let window: FailureWindow;

beforeEach(() => {
  nowS = START_S;
  window = new FailureWindow(passive());
});

function add(fields: Parameters<typeof report>[1]): string | undefined {
  return window.add(report("a", fields), nowS);
}

function fail(count: number, attempts = count): string | undefined {
  return add({ failures: count, attempts });
}

describe("failures in a row", () => {
  it("are too many at `max_fails`, however they are reported", () => {
    expect(fail(4)).toBeUndefined();
    expect(fail(1)).toBe("5 failures in a row: connect refused");
    window.clear();
    expect(fail(7)).toBe("7 failures in a row: connect refused");
    window = new FailureWindow(passive({ maxFails: 1 }));
    expect(add({ failures: 1, reason: "" })).toBe("1 failure");
  });

  it("go on over successes of sessions that are older than they are", () => {
    fail(3);
    add({ attempts: 2, lateSuccesses: 2 });
    expect(add({ attempts: 2, failures: 1, lateSuccesses: 1 })).toBeUndefined();
    expect(fail(1)).toBe("5 failures in a row: connect refused");
    window.clear();
    fail(4);
    add({ attempts: 2, lateSuccesses: 1 });
    expect(fail(4)).toBeUndefined();
  });

  it("begin anew after a success, alone or among them", () => {
    fail(4);
    add({ attempts: 1 });
    expect(fail(4)).toBeUndefined();
    expect(add({ attempts: 6, failures: 5, failuresInRow: 3 })).toBeUndefined();
    expect(fail(1)).toBeUndefined();
    expect(fail(1)).toBe("5 failures in a row: connect refused");
    window.clear();
    fail(4);
    expect(add({ attempts: 2, failures: 1, failuresInRow: 0 })).toBeUndefined();
    expect(fail(4)).toBeUndefined();
  });

  it("begin anew if none came for a window", () => {
    fail(4);
    nowS += 10;
    expect(fail(1)).toBe("5 failures in a row: connect refused");
    window.clear();
    fail(4);
    nowS += 10.1;
    expect(fail(4)).toBeUndefined();
  });

  it("may take longer than the window together", () => {
    for (const _ of $range(1, 4)) {
      expect(fail(1)).toBeUndefined();
      nowS += 9;
    }
    expect(fail(1)).toBe("5 failures in a row: connect refused");
  });

  it("go on over a report without attempts", () => {
    fail(4);
    add({});
    expect(fail(1)).toBe("5 failures in a row: connect refused");
  });
});

describe("the share of failures", () => {
  beforeEach(() => {
    window = new FailureWindow(passive({ maxFails: 1000 }));
  });

  it("says nothing about a few attempts", () => {
    expect(fail(19)).toBeUndefined();
    expect(fail(1)).toBe("20 of 20 handshakes failed: connect refused");
  });

  it("is too high at `max_failure_percent`", () => {
    expect(fail(49, 100)).toBeUndefined();
    expect(fail(1, 1)).toBeUndefined();
    expect(fail(1, 1)).toBe("51 of 102 handshakes failed: connect refused");
  });

  it("is no reason while nothing fails", () => {
    fail(19);
    expect(add({ attempts: 1 })).toBeUndefined();
    expect(fail(1, 2)).toBe("20 of 22 handshakes failed: connect refused");
  });

  it("forgets what is older than the window", () => {
    add({ attempts: 100 });
    nowS += 5;
    expect(fail(40)).toBeUndefined();
    nowS += 5;
    expect(fail(1)).toBe("41 of 41 handshakes failed: connect refused");
    nowS += 5;
    expect(fail(18)).toBeUndefined();
    nowS += 100;
    expect(fail(19)).toBeUndefined();
    expect(fail(1)).toBe("20 of 20 handshakes failed: connect refused");
  });

  it("keeps at least nine tenths of the window", () => {
    for (const tenth of $range(0, 9)) {
      window.clear();
      nowS = START_S + tenth * 0.3;
      fail(19);
      nowS += 8.99;
      expect(fail(1)).toBe("20 of 20 handshakes failed: connect refused");
    }
  });

  it("bears a clock that is set back, by a little or by far", () => {
    fail(10);
    nowS -= 0.5;
    expect(fail(10)).toBe("20 of 20 handshakes failed: connect refused");
    nowS -= 86_400;
    expect(fail(19)).toBeUndefined();
    expect(fail(1)).toBe("20 of 20 handshakes failed: connect refused");
  });

  it("begins anew with another length of the window, and goes on with the same", () => {
    fail(19);
    window.use(passive({ maxFails: 1000, minAttempts: 21 }));
    expect(fail(2)).toBe("21 of 21 handshakes failed: connect refused");
    window.use(passive({ maxFails: 1000, windowMs: 1000 }));
    expect(fail(19)).toBeUndefined();
  });

  it("bears reports that cannot be", () => {
    expect(fail(30, 20)).toBe("20 of 20 handshakes failed: connect refused");
  });
});
