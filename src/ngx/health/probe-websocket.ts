import { CLOSE, closeFrame, FrameReader, NO_FRAME, pingFrame, PONG } from "../../core/health/probe-frames";
import { acceptOf, findUpgradeFault } from "../../core/handshake/upgrade-answer";
import type { ProbePorts } from "../../core/health/probe-ports";
import { randomKey, randomWord, wordBytes } from "../../core/health/probe-ports";
import { upgradeRequest } from "../../core/health/probe-request";
import type { ProbeTask } from "../../core/health/probe-task";
import type { ProbeOutcome } from "../../core/health/record";
import type { ProbeConnection } from "./probe-connection";
import { outcomeOf, readHead } from "./probe-answer";

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
  { rng }: ProbePorts,
): string | undefined {
  const first = randomWord(rng);
  const second = randomWord(rng);
  if (connection.begin(pingFrame(first, second, randomWord(rng))) !== undefined) return CLOSED_EARLY;
  const fault = findPongFault(connection, frames, wordBytes(first) + wordBytes(second));
  if (fault !== undefined) return fault;
  // A peer that is gone now has closed, if in its own way.
  if (connection.begin(closeFrame(randomWord(rng))) !== undefined) return undefined;
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
