import { HeadReader } from "../../../src/core/handshake/answer-head";
import { isForClient, isForPeer, mayStayHere } from "../../../src/core/handshake/passing";
import { findAgreementFault } from "../../../src/core/handshake/upgrade-answer";

function fault(fields: string, subprotocols: string, extensions = ""): string | undefined {
  const reader = new HeadReader();
  reader.push(`HTTP/1.1 101 X\r\n${fields}\r\n`);
  return findAgreementFault(reader.head!, subprotocols, extensions);
}

const SUBPROTOCOL = "101 with a subprotocol that was not offered";

describe("what a peer agrees to", () => {
  it("is nothing, or what was offered", () => {
    expect(fault("", "a, b", "x")).toBeUndefined();
    for (const offered of ["b", "a, b", "b ,a", "ab,b", "bb, b", "\tb\t"])
      expect(fault("Sec-WebSocket-Protocol: b\r\n", offered)).toBeUndefined();
    expect(fault("Sec-WebSocket-Extensions: X; y\r\n", "", "a, x")).toBeUndefined();
  });

  it("is not what the client did not name", () => {
    for (const offered of ["", "B", "ab", "bc, a b", "a"])
      expect(fault("Sec-WebSocket-Protocol: b\r\n", offered)).toBe(SUBPROTOCOL);
    expect(fault("Sec-WebSocket-Protocol: a, b\r\n", "x, a, b")).toBe(SUBPROTOCOL);
    expect(fault("Sec-WebSocket-Extensions: x\r\n", "", "y")).toBe(
      "101 with an extension that was not offered",
    );
  });
});

describe("the fields that go on", () => {
  it("are those that are not for one hop, and not the gateway's own", () => {
    expect(isForPeer("cookie")).toBe(true);
    expect(isForPeer("switchboard-resume")).toBe(false);
    expect(isForPeer("x-forwarded-for")).toBe(false);
    expect(mayStayHere("te".length)).toBe(true);
    expect(mayStayHere("user-agent!".length)).toBe(false);
    expect(isForClient("set-cookie")).toBe(true);
    expect(isForClient("server")).toBe(false);
  });
});
