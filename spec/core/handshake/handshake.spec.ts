import {
  findHandshakeFault,
  isWebSocketUpgrade,
  type HandshakeHeaders,
} from "../../../src/core/handshake/handshake";
import { HANDSHAKE } from "../support/gateway-fixture";

function fault(
  headers: Partial<HandshakeHeaders>,
  method = "GET",
  protocol = "HTTP/1.1",
): string | undefined {
  return findHandshakeFault({ ...HANDSHAKE, ...headers }, method, protocol);
}

describe("a WebSocket handshake", () => {
  it("of RFC 6455 has no fault", () => {
    expect(fault({})).toBeUndefined();
  });

  for (const connection of ["upgrade", "UPGRADE", "keep-alive, Upgrade", "close,\tupgrade ,x", ",upgrade"]) {
    it(`may have Connection: ${connection}`, () => {
      expect(fault({ connection })).toBeUndefined();
    });
  }

  for (const connection of ["", "close", "keep-alive", "upgrades", "xupgrade", "up grade", "upgrade;x"]) {
    it(`may not have Connection: ${connection}`, () => {
      expect(fault({ connection })).toBe("Connection must name upgrade");
    });
  }

  it("is a GET of HTTP/1.1", () => {
    for (const method of ["POST", "HEAD", "get", "OPTIONS"]) {
      expect(fault({}, method)).toBe("a WebSocket handshake is a GET");
    }
    for (const protocol of ["HTTP/1.0", "HTTP/2.0", "HTTP/0.9", ""]) {
      expect(fault({}, "GET", protocol)).toBe("a WebSocket handshake takes HTTP/1.1");
    }
  });

  it("is of version 13, said once", () => {
    for (const version of ["", "8", "013", "13, 8", "13.0", " 13"]) {
      expect(fault({ version })).toBe("Sec-WebSocket-Version must be 13");
    }
    expect(fault({ versionCount: 2 })).toBe("Sec-WebSocket-Version must be 13");
    expect(fault({ versionCount: 0, version: "" })).toBe("Sec-WebSocket-Version must be 13");
  });

  it("has a key of 16 bytes", () => {
    for (const keyBytes of [0, 15, 17]) {
      expect(fault({ keyBytes })).toBe("Sec-WebSocket-Key must be 16 bytes in base64");
    }
  });

  it("has one key and one Upgrade", () => {
    expect(fault({ keyCount: 2 })).toBe("Sec-WebSocket-Key must be there once");
    expect(fault({ keyCount: 0, keyBytes: 0 })).toBe("Sec-WebSocket-Key must be there once");
    expect(fault({ upgradeCount: 2 })).toBe("Upgrade must be there once");
  });

  it("is refused where not every field was looked at", () => {
    expect(fault({ isTruncated: true })).toBe("too many header fields");
  });
});

describe("a request", () => {
  it("is a handshake if it asks for a WebSocket", () => {
    for (const upgrade of ["websocket", "WebSocket", "WEBSOCKET"]) {
      expect(isWebSocketUpgrade({ ...HANDSHAKE, upgrade })).toBe(true);
    }
    for (const upgrade of ["", "h2c", "websockets", "h2c, websocket", "websocket/13"]) {
      expect(isWebSocketUpgrade({ ...HANDSHAKE, upgrade })).toBe(false);
    }
  });

  it("passes for one where not every field was looked at: an Upgrade may be among the rest", () => {
    expect(isWebSocketUpgrade({ ...HANDSHAKE, upgrade: "", upgradeCount: 0, isTruncated: true })).toBe(true);
  });
});
