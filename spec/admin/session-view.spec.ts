import { sessionText } from "../../src/admin/session-view";
import type { RecordedFrame, Relayed, RelayView } from "../../src/core/session/relayed";
import { aRoute } from "../core/route/route-fixture";
import { encode } from "./world";

const LISTED = {
  id: "7-ab-1",
  client: "10.9.9.9:1234",
  route: "r",
  upstream: "chat",
  peer: "a",
  worker: 7,
  start: "2026-01-02T03:04:05.678Z",
};
const HEAD = '"client":"10.9.9.9:1234","id":"7-ab-1"';
const TAIL = '"peer":"a","route":"r","start":"2026-01-02T03:04:05.678Z"';
const VIEW: RelayView = {
  moves: 0,
  messagesFromClient: 3,
  messagesFromPeer: 4,
  bytesFromClient: 50,
  bytesFromPeer: 60,
  unconfirmedMessages: 0,
};

function aRelayed(view: RelayView, movedAtS = 0): Relayed {
  return {
    route: aRoute({ id: "r" }),
    moves: view.moves,
    movedAtS,
    isMoving: () => false,
    outcome: "",
    canMove: () => false,
    move: () => false,
    close: () => false,
    abandon: () => undefined,
    describe: () => view,
  };
}

function textAt(place: number): RecordedFrame {
  return { atS: 1_700_000_000 + place / 1000, from: "client", opcode: 1, isFinal: true, length: place };
}

describe("a session that is looked at", () => {
  it("is its entry in the list where it is a tunnel", () => {
    expect(sessionText(LISTED, undefined, encode)).toBe(
      `{${HEAD},"mode":"tunnel",${TAIL},"upstream":"chat","worker":7}`,
    );
  });

  it("has what was relayed", () => {
    expect(sessionText(LISTED, aRelayed(VIEW), encode)).toBe(
      `{"bytes_from_client":50,"bytes_from_peer":60,${HEAD},"messages_from_client":3,"messages_from_peer":4,` +
        `"mode":"relay","moves":0,"moving":false,${TAIL},"unconfirmed_messages":0,"upstream":"chat","worker":7}`,
    );
  });

  it("has its last move and the round trips of both sides once there are some", () => {
    const text = sessionText(
      LISTED,
      aRelayed(
        { ...VIEW, moves: 2, unconfirmedMessages: 1, clientRttMs: 81.5, peerRttMs: 0.25 },
        1_700_000_000.5,
      ),
      encode,
    );
    expect(text).toContain('"client_rtt_ms":81.5');
    expect(text).toContain('"peer_rtt_ms":0.25');
    expect(text).toContain('"moved_at":"2023-11-14T22:13:20.500Z"');
    expect(text).toContain('"moves":2');
  });

  it("has the frames that were recorded, the oldest first", () => {
    const frames: RecordedFrame[] = [
      { atS: 1_700_000_000.001, from: "client", opcode: 1, isFinal: false, length: 12 },
      { atS: 1_700_000_000.002, from: "client", opcode: 0, isFinal: true, length: 0 },
      { atS: 1_700_000_000.5, from: "gateway", opcode: 8, isFinal: true, length: 2, code: 1012 },
    ];
    const text = sessionText(LISTED, aRelayed({ ...VIEW, frames }), encode);
    expect(text.substring(text.indexOf(',"frames":'))).toBe(
      ',"frames":[{"final":false,"from":"client","length":12,"opcode":"text","time":"2023-11-14T22:13:20.001Z"},' +
        '{"final":true,"from":"client","length":0,"opcode":"continuation","time":"2023-11-14T22:13:20.002Z"},' +
        '{"code":1012,"final":true,"from":"gateway","length":2,"opcode":"close","time":"2023-11-14T22:13:20.500Z"}]}',
    );
  });

  it("has an empty list where nothing was recorded yet, and the last 64 frames at most", () => {
    expect(sessionText(LISTED, aRelayed({ ...VIEW, frames: [] }), encode)).toContain('"frames":[]}');
    const frames: RecordedFrame[] = [];
    for (let place = 0; place < 100; place += 1) frames.push(textAt(place));
    const text = sessionText(LISTED, aRelayed({ ...VIEW, frames }), encode);
    expect(text.split('"length":')).toHaveLength(65);
    expect(text).toContain('"length":36,');
    expect(text).not.toContain('"length":35,');
    expect(text.length).toBeLessThan(8192);
  });
});
