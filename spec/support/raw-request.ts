import net from "node:net";
import { onCleanup } from "./cleanup";

export interface RawAnswer {
  /** 0 if the connection ended without an HTTP answer. */
  readonly status: number;
  /** By lower-case name; values of a repeated header are joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Every byte as it came, one character each. */
  readonly raw: string;
}

/**
 * Sends the bytes (one character each) and returns the answer as soon as it is complete, or what has come when the
 * peer closes or the time is up.
 */
export function rawRequest(port: number, bytes: string, { timeoutMs = 10_000 } = {}): Promise<RawAnswer> {
  const socket = net.connect({ port, host: "127.0.0.1" });
  onCleanup(() => {
    socket.destroy();
  });
  return new Promise((resolve) => {
    let raw = "";
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(parseAnswer(raw));
    };
    const timer = setTimeout(finish, timeoutMs);
    socket.on("error", finish);
    socket.on("close", finish);
    socket.on("data", (chunk) => {
      raw += chunk.toString("latin1");
      if (isComplete(raw)) finish();
    });
    socket.write(Buffer.from(bytes, "latin1"));
  });
}

/** A well-formed handshake; `undefined` leaves a header out, any other value replaces or adds one. */
export function handshakeBytes(
  target = "/",
  headers: Readonly<Record<string, string | undefined>> = {},
): string {
  const all: Record<string, string | undefined> = {
    Host: "127.0.0.1",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return [`GET ${target} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

function isComplete(raw: string): boolean {
  const end = raw.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const { status, headers, body } = parseAnswer(raw);
  if (status === 101 || status === 204 || status === 304) return true;
  if (headers["transfer-encoding"] === "chunked") return raw.endsWith("\r\n0\r\n\r\n");
  return headers["content-length"] !== undefined && body.length >= Number(headers["content-length"]);
}

function parseAnswer(raw: string): RawAnswer {
  const end = raw.indexOf("\r\n\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(raw)?.[1];
  if (status === undefined || end < 0) return { status: 0, headers: {}, body: "", raw };
  const headers: Record<string, string> = {};
  for (const line of raw.slice(0, end).split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const body = raw.slice(end + 4);
  return {
    status: Number(status),
    headers,
    body: headers["transfer-encoding"] === "chunked" ? unchunk(body) : body,
    raw,
  };
}

function unchunk(body: string): string {
  let text = "";
  let at = 0;
  for (;;) {
    const end = body.indexOf("\r\n", at);
    const size = end < 0 ? 0 : parseInt(body.slice(at, end), 16);
    if (!(size > 0)) return text;
    text += body.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}
