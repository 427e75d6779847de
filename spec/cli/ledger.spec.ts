import { Ledger } from "../../src/cli/demo/rolling/ledger";
import { decode, encode, kindOf } from "../../src/cli/demo/rolling/message";

/** A client that has sent the messages 1 to 4 and is at its first backend. */
function talking(mayCrash = false): Ledger {
  const ledger = new Ledger("client", mayCrash);
  for (const number of ["1", "2", "3", "4"]) ledger.noteSent(number);
  hear(ledger, 0, "hello a a.1 -");
  return ledger;
}

function hear(ledger: Ledger, number: number, topic: string, bytes = 50): void {
  const kind = kindOf(number);
  ledger.take(encode(kind, number, topic, bytes), kind === "binary");
}

describe("the book that a client keeps", () => {
  it("has nothing to say against messages that come whole, once and in order, from one backend after the other", () => {
    const ledger = talking();
    hear(ledger, 1, "ack a 1");
    hear(ledger, 2, "own", 100_000);
    hear(ledger, 3, "ack a 2");
    hear(ledger, 0, "hello b b.1 s1; from=a; moves=1");
    hear(ledger, 1, "ack b 3");
    hear(ledger, 0, "hello a a.2 s1; from=b; moves=2");
    ledger.noteSent("x");
    hear(ledger, 1, "ack a 4");
    ledger.take(Buffer.from("x"), false);
    ledger.settle(
      new Map([
        ["a.1", 4],
        ["b.1", 2],
      ]),
    );
    expect(ledger).toMatchObject({ faults: [], lost: 0, duplicated: 0, reordered: 0, altered: 0 });
    expect(ledger.unanswered).toBe(0);
  });

  it.each<[string, (ledger: Ledger) => void, object]>([
    ["a message that was not acknowledged", (ledger) => hear(ledger, 1, "ack a 2"), { lost: 1 }],
    [
      "an answer of one byte that is another",
      (ledger) => ledger.take(Buffer.from("x"), false),
      { duplicated: 1 },
    ],
    ["a message of the backend that did not come", (ledger) => hear(ledger, 2, "own"), { lost: 1 }],
    [
      "a message of the backend that came twice",
      (ledger) => [1, 1].forEach((number) => hear(ledger, number, "own")),
      { duplicated: 1 },
    ],
    [
      "two acknowledgements",
      (ledger) => [1, 2].forEach((number) => hear(ledger, number, "ack a 1")),
      { duplicated: 1 },
    ],
    [
      "acknowledgements in another order",
      (ledger) => ["2", "1"].forEach((about, at) => hear(ledger, at + 1, `ack a ${about}`)),
      { lost: 0, reordered: 1 },
    ],
    ["a message that the backend could not read", (ledger) => hear(ledger, 1, "bad a 1"), { altered: 1 }],
    [
      "one changed byte",
      (ledger) => {
        const data = encode("binary", 1, "own", 1_000);
        data[500]! ^= 1;
        ledger.take(data, true);
      },
      { altered: 1 },
    ],
    ["text that came as binary", (ledger) => ledger.take(encode("text", 1, "own", 10), true), { altered: 1 }],
    ["the end of a visit", (ledger) => ledger.settle(new Map([["a.1", 3]])), { lost: 2 }],
    [
      "a move that names another backend",
      (ledger) => hear(ledger, 0, "hello b b.1 s1; from=c; moves=1"),
      { lost: 0 },
    ],
    ["a move that names nothing", (ledger) => hear(ledger, 0, "hello b b.1 -"), { lost: 0 }],
    [
      "moves that are counted wrong",
      (ledger) => hear(ledger, 0, "hello b b.1 s1; from=a; moves=2"),
      { lost: 0 },
    ],
  ])("notes %s", (_what, happen, counts) => {
    const ledger = talking();
    happen(ledger);
    expect(ledger).toMatchObject(counts);
    expect(ledger.faults).not.toEqual([]);
  });

  it("forgives what was in flight to a backend that crashed, and nothing after it", () => {
    const ledger = talking(true);
    hear(ledger, 0, "hello b b.1 s1; from=a; moves=1");
    hear(ledger, 1, "ack b 3");
    expect(ledger).toMatchObject({ forgiven: 2, lost: 0, faults: [] });
    for (const number of ["5", "6"]) ledger.noteSent(number);
    hear(ledger, 2, "ack b 6");
    expect(ledger).toMatchObject({ forgiven: 2, lost: 2 });
  });

  it.each([0, 1, 65_521, 1_000_000])("reads a message of %d bytes as it was written", (bytes) => {
    for (const kind of ["text", "binary"] as const)
      expect(decode(encode(kind, 7, "own", bytes), kind === "binary")).toMatchObject({ number: 7, kind });
  });
});
