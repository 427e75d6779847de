import {
  CLOSE,
  closePayload,
  FrameReader,
  maskedFrame,
  NO_FRAME,
  PING,
  PONG,
} from "../../core/health/probe-frames";
import { findUpgradeFault } from "../../core/health/probe-head";
import type { ProbePorts } from "../../core/health/probe-ports";
import { acceptOf, randomBytes, randomKey } from "../../core/health/probe-ports";
import { upgradeRequest } from "../../core/health/probe-request";
import type { ProbeTask } from "../../core/health/probe-task";
import type { ProbeOutcome } from "../../core/health/record";
import type { ProbeConnection } from "./probe-connection";
import { outcomeOf, readHead } from "./probe-answer";

const PAYLOAD_BYTES = 8;
const MASK_BYTES = 4;
const NORMAL_CLOSURE = closePayload(1000);

/** Opens a WebSocket, pings it, and closes it: three steps behind the connect. */
export function probeWebSocket(
  task: ProbeTask,
  connection: ProbeConnection,
  ports: ProbePorts,
): ProbeOutcome {
  const key = randomKey(ports);
  if (connection.begin(upgradeRequest(task.request, key)) !== undefined) {
    return outcomeOf("closed before it answered");
  }
  const [head, rest, reason] = readHead(connection, "handshake");
  if (head === undefined) return outcomeOf(reason);
  const fault = findUpgradeFault(head, acceptOf(key, ports));
  if (fault !== undefined) return outcomeOf(fault, head);
  const frames = new FrameReader();
  frames.push(rest);
  return outcomeOf(pingAndClose(connection, frames, ports), head);
}

function pingAndClose(
  connection: ProbeConnection,
  frames: FrameReader,
  ports: ProbePorts,
): string | undefined {
  const bytes = randomBytes(ports.rng, PAYLOAD_BYTES + 2 * MASK_BYTES);
  const payload = bytes.substring(0, PAYLOAD_BYTES);
  const pingMask = bytes.substring(PAYLOAD_BYTES, PAYLOAD_BYTES + MASK_BYTES);
  if (connection.begin(maskedFrame(PING, payload, pingMask)) !== undefined) return CLOSED_EARLY;
  const fault = findPongFault(connection, frames, payload);
  if (fault !== undefined) return fault;
  // A peer that is gone now has closed, if in its own way.
  if (
    connection.begin(maskedFrame(CLOSE, NORMAL_CLOSURE, bytes.substring(PAYLOAD_BYTES + MASK_BYTES))) !==
    undefined
  ) {
    return undefined;
  }
  return findCloseFault(connection, frames);
}

const CLOSED_EARLY = "closed before the pong";

/** A pong that nobody asked for is allowed (RFC 6455 section 5.5.3): the right one may still come. */
function findPongFault(
  connection: ProbeConnection,
  frames: FrameReader,
  payload: string,
): string | undefined {
  let late = "pong timeout";
  for (;;) {
    const opcode = frames.next();
    if (opcode === CLOSE) return CLOSED_EARLY;
    if (opcode === PONG) {
      if (frames.payload === payload) return undefined;
      late = "wrong pong";
    }
    if (opcode === NO_FRAME) {
      if (frames.fault !== undefined) return frames.fault;
      const [chunk, err] = connection.read();
      if (chunk === undefined) return err === "timeout" ? late : CLOSED_EARLY;
      frames.push(chunk);
    }
  }
}

function findCloseFault(connection: ProbeConnection, frames: FrameReader): string | undefined {
  for (;;) {
    const opcode = frames.next();
    if (opcode === CLOSE) return undefined;
    if (opcode === NO_FRAME) {
      if (frames.fault !== undefined) return frames.fault;
      const [chunk, err] = connection.read();
      if (chunk === undefined) return err === "timeout" ? "close timeout" : undefined;
      frames.push(chunk);
    }
  }
}
