import type { AnswerHead } from "../../../src/core/handshake/answer-head";
import { HeadReader, MAX_HEAD_BYTES } from "../../../src/core/handshake/answer-head";
import { findUpgradeFault } from "../../../src/core/handshake/upgrade-answer";

const UPGRADE =
  "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept:  abc \r\n\r\n";

function read(text: string, chunkBytes = text.length): HeadReader {
  const reader = new HeadReader();
  for (let start = 0; start < text.length; start += chunkBytes) {
    if (reader.push(text.substring(start, start + chunkBytes))) break;
  }
  return reader;
}

function headOf(text: string): AnswerHead {
  return read(text).head!;
}

describe("the head of an answer", () => {
  it("is read whole or byte by byte", () => {
    for (const bytes of [1, 2, 3, 7, 1000]) {
      const { head, fault } = read(UPGRADE, bytes);
      expect(fault).toBeUndefined();
      expect(head!.status).toBe(101);
      expect(head!.upgrade).toBe("WebSocket");
      expect(head!.connection).toBe("keep-alive, Upgrade");
      expect(head!.accept).toBe("abc");
      expect(head!.agent).toBeUndefined();
    }
  });

  it("leaves what comes behind it", () => {
    expect(read(`${UPGRADE}rest`).rest).toBe("rest");
  });

  it("may end its lines as nginx lets it", () => {
    expect(headOf("HTTP/1.0 200\nContent-Length: 12\n\n").contentLength).toBe(12);
  });

  it("comes after interim answers", () => {
    const { head, rest } = read(`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${UPGRADE}rest`, 5);
    expect(head!.status).toBe(101);
    expect(rest.length <= 4).toBe(true);
  });

  it("has several fields of one name as one", () => {
    const text =
      "HTTP/1.1 200 OK\r\nSwitchboard-Peer: drain\r\nSwitchboard-Peer: weight=5\r\nTransfer-Encoding: Chunked\r\n\r\n";
    expect(headOf(text).agent).toBe("drain,weight=5");
    expect(headOf(text).isChunked).toBe(true);
    expect(headOf(text).contentLength).toBe(-1);
  });

  it("is malformed with another status line or a line that is no field", () => {
    const lines = [
      "",
      "HTTP/2.0 200 OK",
      "HTTP/1.1 20 OK",
      "HTTP/1.1 2000 OK",
      "HTTP/1.1  200 OK",
      "HTTP/1.x 200 OK",
      "SSH-2.0-x",
    ];
    for (const line of lines) expect(read(`${line}\r\nA: b\r\n\r\n`).fault).toBe("malformed answer");
    for (const field of ["none", ": empty", " folded: x", "\t: x"])
      expect(read(`HTTP/1.1 200 OK\r\n${field}\r\n\r\n`).fault).toBe("malformed answer");
  });

  it("has all fields in order, as they came", () => {
    const { names, values, subprotocol, extensions } = headOf(
      "HTTP/1.1 101 OK\r\nSet-Cookie: a=1;  b\r\nx-own:\r\nSet-Cookie:\tc \nSec-WebSocket-Protocol: p\r\nSec-WebSocket-Extensions: e; f\r\nsec-websocket-extensions: g\r\n\r\n",
    );
    expect(names.join()).toBe(
      "Set-Cookie,x-own,Set-Cookie,Sec-WebSocket-Protocol,Sec-WebSocket-Extensions,sec-websocket-extensions",
    );
    expect(values.join("|")).toBe("a=1;  b||c|p|e; f|g");
    expect(subprotocol).toBe("p");
    expect(extensions).toBe("e; f,g");
  });

  it("is malformed with what could begin another field", () => {
    for (const field of ["A: b\rC: d", "A: \0", "A\0: b", "A b: c", "A\rb: c", "A : b"])
      expect(read(`HTTP/1.1 200 OK\r\n${field}\r\n\r\n`).fault).toBe("malformed answer");
  });

  it("may be larger where its reader takes more", () => {
    const reader = new HeadReader(2 * MAX_HEAD_BYTES);
    reader.push(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(MAX_HEAD_BYTES)}`);
    expect(reader.fault).toBeUndefined();
    reader.push("x".repeat(MAX_HEAD_BYTES));
    expect(reader.fault).toBe("too large a head");
  });

  it("is too large, however it comes and whether it ends", () => {
    const endless = `HTTP/1.1 200 OK\r\nX: ${"x".repeat(MAX_HEAD_BYTES)}`;
    expect(read(endless, 100).fault).toBe("too large a head");
    expect(read(`${endless}\r\n\r\n`).fault).toBe("too large a head");
    expect(read(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(MAX_HEAD_BYTES)}`).fault).toBeUndefined();
    expect(read("HTTP/1.1 100 Continue\r\n\r\n".repeat(1000), 1000).fault).toBe("too large a head");
  });
});

describe("an answer to an upgrade", () => {
  it("is right", () => {
    expect(findUpgradeFault(headOf(UPGRADE), "abc")).toBeUndefined();
  });

  it("is wrong in one thing", () => {
    expect(findUpgradeFault(headOf(UPGRADE), "abd")).toBe("wrong Sec-WebSocket-Accept");
    expect(findUpgradeFault(headOf("HTTP/1.1 400 Bad\r\n\r\n"), "abc")).toBe("answered 400");
    expect(findUpgradeFault(headOf(UPGRADE.replace("WebSocket", "h2c, websocket")), "abc")).toBe(
      "101 without Upgrade: websocket",
    );
    expect(findUpgradeFault(headOf(UPGRADE.replace(", Upgrade", "")), "abc")).toBe(
      "101 without Connection: Upgrade",
    );
  });
});
