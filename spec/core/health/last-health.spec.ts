import { readLastHealth, writeLastHealth, type LastDown } from "../../../src/core/health/last-health";

const DOWN: LastDown = {
  upstream: "chat",
  key: "a#10.0.0.1",
  address: "10.0.0.1:80",
  reason: "connect refused",
  sinceS: 1000.5,
};

/** What the codec would make of any text. */
function decoding(value: unknown): () => LuaMultiReturn<[value: unknown, err?: string]> {
  return () => $multi(value);
}

function faultOf(value: unknown): string | undefined {
  const [, fault] = readLastHealth("", decoding(value));
  return fault;
}

const ENTRY = { upstream: "chat", peer: "a", address: "x:1", reason: "", since: 1 };

describe("how peers were when the gateway was stopped", () => {
  it("is written as one object for each peer that was down", () => {
    const seen: unknown[] = [];
    const text = writeLastHealth([DOWN, DOWN], (value) => {
      seen.push(value);
      return "{}";
    });
    expect(text).toBe('{"version":1,"down":[{},\n{}]}\n');
    expect(seen[0]).toEqual({
      upstream: "chat",
      peer: "a#10.0.0.1",
      address: "10.0.0.1:80",
      reason: "connect refused",
      since: 1000.5,
    });
  });

  it("is read back", () => {
    const { upstream, key, address, reason, sinceS } = DOWN;
    const entry = { upstream, peer: key, address, reason, since: sinceS };
    const [downs] = readLastHealth("", decoding({ version: 1, down: [entry] }));
    expect(downs).toEqual([DOWN]);
  });

  it("is nothing where nobody was down", () => {
    const [downs] = readLastHealth("", decoding({ version: 1, down: [] }));
    expect(downs).toEqual([]);
  });

  it("is not believed where it is anything else", () => {
    const [, reason] = readLastHealth("", () => $multi(undefined, "bad JSON"));
    expect(reason).toBe("bad JSON");
    expect(faultOf("down")).toBe("it is not an object");
    expect(faultOf({ version: 2, down: [] })).toBe("its version is not 1");
    expect(faultOf({ version: 1 })).toBe('"down" is not a list');
    expect(faultOf({ version: 1, down: ["a"] })).toBe('entry 0 of "down" is not a peer');
    for (const wrong of [
      { peer: 1 },
      { since: -1 },
      { since: Infinity },
      { since: "1" },
      { reason: false },
      { address: {} },
    ]) {
      expect(faultOf({ version: 1, down: [ENTRY, { ...ENTRY, ...wrong }] })).toBe(
        'entry 1 of "down" is not a peer',
      );
    }
  });
});
