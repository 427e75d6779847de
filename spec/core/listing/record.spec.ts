import { decodeRecord, encodeRecord, peerIn, routeIn, withBytes } from "../../../src/core/listing/record";

const RECORD = {
  bytesToClient: 4_294_967_296,
  bytesToPeer: 255,
  startMs: 1_792_000_000_123,
  peer: 70_000,
  route: 3,
  serial: 1_099_511_627_776,
  client: "\u00c3\u0050\u00c0\u0000\u0002\u0007",
};

describe("the record of a session", () => {
  it("gives back what it was made of", () => {
    const text = encodeRecord(RECORD);
    expect(decodeRecord(text)).toEqual(RECORD);
    expect([peerIn(text), routeIn(text)]).toEqual([70_000, 3]);
  });

  it("fits into 128 bytes with its key and what nginx adds, whatever the family", () => {
    expect(encodeRecord({ ...RECORD, client: "x".repeat(18) }).length).toBeLessThanOrEqual(128 - 68 - 10);
  });

  it("knows bytes that are not known", () => {
    const text = encodeRecord({ ...RECORD, bytesToClient: undefined, bytesToPeer: undefined });
    expect(decodeRecord(text)).toEqual({ ...RECORD, bytesToClient: undefined, bytesToPeer: undefined });
  });

  it("takes new figures at the same length", () => {
    const text = encodeRecord(RECORD);
    const changed = withBytes(text, 1, 281_474_976_710_654);
    expect(changed.length).toBe(text.length);
    expect(decodeRecord(changed)).toEqual({ ...RECORD, bytesToClient: 1, bytesToPeer: 281_474_976_710_654 });
  });
});
