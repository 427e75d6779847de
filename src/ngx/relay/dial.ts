import type { RetryKind } from "../../core/config/snapshot";
import { HeadReader } from "../../core/handshake/answer-head";
import type { AnswerHead } from "../../core/handshake/answer-head";
import {
  acceptOf,
  findAgreementFault,
  findUpgradeFault,
  type Digests,
} from "../../core/handshake/upgrade-answer";
import type { Peer } from "../../core/pool/peer";
import type { Pool } from "../../core/pool/pool";
import { tlsNameOf } from "../forward";
import { limitSilence } from "../tcp-timeout";
import { cosocketHandle } from "./cosocket";
import { upgradeRequest } from "./upgrade-request";

/** An open WebSocket to a peer. */
export interface Dialled {
  readonly socket: NgxTcpSocket;
  /** Its connection in nginx, as in `connection.ts`; 0 if it was not found. */
  readonly handle: number;
  /** The 101, until the client has got it: a session may last for days. */
  head: AnswerHead | undefined;
  /** What the peer has sent behind the head of its answer. */
  readonly rest: string;
  /** As the peer agreed to; `""` for none. */
  readonly subprotocol: string;
  readonly extensions: string;
  /** From the start of the connect to the 101, in milliseconds. */
  readonly latencyMs: number;
}

export interface DialFailure {
  readonly kind: RetryKind;
  /** In words, for the log and the health of the peer. */
  readonly reason: string;
  /** Whether the peer may have got anything of the request. */
  readonly hasSent: boolean;
  /** Whether the peer has sent anything. */
  readonly hasReceived: boolean;
  /** Another answer than a 101, where it was asked for: whoever has it closes its socket. */
  readonly answer?: PeerAnswer;
}

/** An answer whose body is still to be read. */
export interface PeerAnswer {
  readonly socket: NgxTcpSocket;
  readonly handle: number;
  readonly head: AnswerHead;
  readonly rest: string;
}

/** What a handshake with a peer takes beside the current request. */
export interface DialOptions {
  /** For connect and answer together, in milliseconds. */
  readonly timeoutMs: number;
  /** The value of `Switchboard-Resume`; absent for the first peer of a session. */
  readonly resume?: string;
  /** Whether an answer other than a 101 is wanted, with its body. */
  readonly wantsAnswer?: boolean;
}

export type DialResult = LuaMultiReturn<
  [line: Dialled, failure?: undefined] | [line: undefined, failure: DialFailure]
>;

/** As much as nginx takes for the head of a peer's answer: `proxy_buffer_size`. */
const MAX_HEAD_BYTES = 32 * 1024;
const READ_BYTES = 32 * 1024;
/** A cosocket takes no shorter timeout, and 0 stands for the one of nginx.conf. */
const SHORTEST_MS = 1;
const MS_PER_S = 1000;
const SWITCHING_PROTOCOLS = 101;

const digests: Digests = {
  sha1: (text) => ngx.sha1_bin(text),
  base64: (bytes) => ngx.encode_base64(bytes, false),
};

/**
 * Opens a WebSocket to a peer with the fields of the current request. To be called in a request, at any time as long as it lasts; it
 * waits.
 */
export function dial(peer: Peer, pool: Pool, options: DialOptions): DialResult {
  const startedS = ngx.now();
  const endS = startedS + options.timeoutMs / MS_PER_S;
  const [socket, trouble] = ngx.socket.tcp();
  if (socket === undefined) return $multi(undefined, failure("error", trouble ?? "no socket", false));
  const [isThere, kind, reason] = connect(socket, peer, pool, endS);
  if (!isThere) {
    socket.close();
    return $multi(undefined, failure(kind, reason, false));
  }
  // What is read of the request is used up before the next wait, as another request may use the same place.
  const [bytes, key, subprotocols, extensions] = upgradeRequest(options.resume);
  const handle = cosocketHandle(socket);
  limitSilence(0, handle, pool.config.tcpTimeoutMs);
  const [sent, sendErr] = socket.send(bytes);
  if (sent === undefined) {
    socket.close();
    const isTimeout = sendErr === "timeout";
    return $multi(undefined, failure(isTimeout ? "timeout" : "error", `send: ${sendErr}`, true));
  }
  const reader = new HeadReader(MAX_HEAD_BYTES);
  const err = read(socket, reader, endS);
  const { head, rest } = reader;
  if (head === undefined) {
    socket.close();
    const isTimeout = err === "timeout";
    const why = reader.fault ?? (isTimeout ? "handshake timeout" : closedReason(reader));
    return $multi(undefined, failure(isTimeout ? "timeout" : "error", why, true, reader.hasBegun));
  }
  const fault =
    findUpgradeFault(head, acceptOf(key, digests)) ?? findAgreementFault(head, subprotocols, extensions);
  if (fault !== undefined) return refused(socket, handle, reader, head, fault, options);
  return $multi({
    socket,
    handle,
    head,
    rest,
    subprotocol: head.subprotocol,
    extensions: head.extensions,
    latencyMs: Math.max(0, (ngx.now() - startedS) * MS_PER_S),
  });
}

type Connected = LuaMultiReturn<[isThere: boolean, kind: RetryKind, reason: string]>;

function connect(socket: NgxTcpSocket, peer: Peer, pool: Pool, endS: number): Connected {
  const { connectTimeoutMs, tls } = pool.config;
  const leftMs = leftUntil(endS);
  socket.settimeouts(Math.min(connectTimeoutMs, leftMs), leftMs, leftMs);
  const [isThere, err] = peer.port === 0 ? socket.connect(peer.host) : socket.connect(peer.host, peer.port);
  if (isThere === undefined) {
    if (err === "timeout") return $multi(false, "timeout", "connect timeout");
    return $multi(false, "error", `connect: ${err}`);
  }
  if (tls !== undefined) return startTls(socket, pool, endS);
  return $multi(true, "error", "");
}

function startTls(socket: NgxTcpSocket, pool: Pool, endS: number): Connected {
  const name = tlsNameOf(pool);
  // A cosocket takes an empty name for none to be verified.
  if (name === "") return $multi(false, "error", "tls: there is no name to verify");
  const leftMs = leftUntil(endS);
  socket.settimeouts(Math.min(pool.config.connectTimeoutMs, leftMs), leftMs, leftMs);
  const [isSafe, err] = socket.sslhandshake(false, name, true);
  if (isSafe !== true)
    return $multi(false, err === "timeout" ? "timeout" : "error", `tls: ${err ?? "handshake failed"}`);
  // It may say that all is well though it has closed the connection, if the peer's certificate was not accepted without a wait.
  const [times] = socket.getreusedtimes();
  if (times === undefined) return $multi(false, "error", "tls: certificate not accepted");
  return $multi(true, "error", "");
}

/** @returns why there is no head; nothing where the reader has it, or a fault */
function read(socket: NgxTcpSocket, reader: HeadReader, endS: number): string | undefined {
  for (;;) {
    const leftMs = (endS - ngx.now()) * MS_PER_S;
    if (leftMs <= 0) return "timeout";
    socket.settimeout(Math.max(SHORTEST_MS, leftMs));
    const [chunk, err] = socket.receiveany(READ_BYTES);
    if (chunk === undefined) return err ?? "closed";
    if (reader.push(chunk)) return undefined;
  }
}

function refused(
  socket: NgxTcpSocket,
  handle: number,
  { rest }: HeadReader,
  head: AnswerHead,
  fault: string,
  { wantsAnswer }: DialOptions,
): DialResult {
  const kind = kindOf(head.status);
  if (head.status !== SWITCHING_PROTOCOLS && wantsAnswer === true) {
    const answer = { socket, handle, head, rest };
    return $multi(undefined, { kind, reason: fault, hasSent: true, hasReceived: true, answer });
  }
  socket.close();
  return $multi(undefined, failure(kind, fault, true, true));
}

function kindOf(status: number): RetryKind {
  if (status === 502) return "http_502";
  if (status === 503) return "http_503";
  return status === 504 ? "http_504" : "error";
}

function closedReason(reader: HeadReader): string {
  return reader.hasBegun ? "closed in mid-answer" : "closed before it answered";
}

function failure(kind: RetryKind, reason: string, hasSent: boolean, hasReceived = false): DialFailure {
  return { kind, reason, hasSent, hasReceived };
}

function leftUntil(endS: number): number {
  return Math.max(SHORTEST_MS, (endS - ngx.now()) * MS_PER_S);
}
