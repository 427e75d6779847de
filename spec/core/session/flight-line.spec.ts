import { FLIGHT_LINE_LIMIT_BYTES, flightLine, isAbnormal } from "../../../src/core/session/flight-line";
import type { RecordedFrame, RelayView } from "../../../src/core/session/relayed";
import { newSession, type Session } from "../../../src/core/session/session";
import { aPeer } from "../support/upstream-fixture";

const VIEW: RelayView = {
  moves: 1,
  messagesFromClient: 3,
  messagesFromPeer: 4,
  bytesFromClient: 50,
  bytesFromPeer: 60,
  unconfirmedMessages: 2,
};
const T = 1_700_000_000;

function encode(this: void, text: string): string {
  return `"${text.split("\\").join("\\\\").split('"').join('\\"')}"`;
}

function aSession(name = "rooms"): Session {
  const session = newSession();
  session.id = "7-ab-1";
  session.route = name;
  session.peer = aPeer({ key: "a" });
  return session;
}

function lineOf(frames: readonly RecordedFrame[] | undefined, session = aSession()): string {
  return flightLine(session, { ...VIEW, frames }, "upstream:reset", encode);
}

const HEAD =
  '{"session":"7-ab-1","outcome":"upstream:reset","route":"rooms","upstream":"chat","peer":"a","moves":1,' +
  '"messages_from_client":3,"messages_from_peer":4,"bytes_from_client":50,"bytes_from_peer":60,"unconfirmed_messages":2';

describe("the line about an abnormal end", () => {
  it("has the frames with the milliseconds between them", () => {
    expect(
      lineOf([
        { atS: T, from: "client", opcode: 1, isFinal: true, length: 12 },
        { atS: T + 0.0314, from: "peer", opcode: 2, isFinal: false, length: 65536 },
        { atS: T + 2.0314, from: "peer", opcode: 0, isFinal: true, length: 1 },
        { atS: T + 1, from: "gateway", opcode: 9, isFinal: true, length: 4 },
        { atS: T + 1.5, from: "client", opcode: 10, isFinal: true, length: 4 },
        { atS: T + 1.5, from: "peer", opcode: 8, isFinal: true, length: 2, code: 1011 },
      ]),
    ).toBe(
      `${HEAD},"since":"2023-11-14T22:13:20.000Z","left_out":0,"frames":"0 c>text 12; 31 p>binary+ 65536; ` +
        '2000 p>continuation 1; 0 g>ping 4; 500 c>pong 4; 0 p>close 1011"}',
    );
  });

  it("has no frames where none were recorded", () => {
    expect(lineOf(undefined)).toBe(`${HEAD}}`);
    expect(lineOf([])).toBe(`${HEAD}}`);
  });

  it("has room for 64 usual frames", () => {
    const frames: RecordedFrame[] = [];
    for (let place = 0; place < 64; place += 1)
      frames.push({ atS: T + place * 2, from: "peer", opcode: 2, isFinal: true, length: 60_000 });
    const line = lineOf(frames);
    expect(line).toContain('"left_out":0');
    expect(line.split(";")).toHaveLength(64);
    expect(line.length).toBeLessThanOrEqual(FLIGHT_LINE_LIMIT_BYTES);
  });

  it("leaves the oldest out where there is no room for all", () => {
    const frames: RecordedFrame[] = [];
    for (let place = 0; place < 64; place += 1)
      frames.push({
        atS: T + place * 5000,
        from: "peer",
        opcode: 0,
        isFinal: false,
        length: 2 ** 40 + place,
      });
    const line = lineOf(frames, aSession('"'.repeat(300)));
    expect(line.length).toBeLessThanOrEqual(FLIGHT_LINE_LIMIT_BYTES);
    expect(line.length).toBeGreaterThan(FLIGHT_LINE_LIMIT_BYTES - 80);
    expect(line).toContain(`${2 ** 40 + 63}"}`);
    const shown = line.split(";").length;
    expect(line).toContain(`"left_out":${64 - shown},`);
    expect(line).toContain(`"frames":"5000000 p>continuation+ ${2 ** 40 + 64 - shown};`);
  });
});

it("an end is normal if a side closed as it should, or the operator wanted it", () => {
  for (const outcome of ["client:close_1000", "upstream:close_1001", "gateway:killed", "gateway:drained"])
    expect([outcome, isAbnormal(outcome)]).toEqual([outcome, false]);
  for (const outcome of ["client:close_1005", "upstream:close_1011", "client:reset", "gateway:peer_lost", ""])
    expect([outcome, isAbnormal(outcome)]).toEqual([outcome, true]);
});
