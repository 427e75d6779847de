import type { ProbePorts } from "../../core/health/probe-ports";
import type { ProbeTask } from "../../core/health/probe-task";
import type { ProbeOutcome } from "../../core/health/record";
import { rng } from "../world";
import { ProbeConnection } from "./probe-connection";
import { probeHttp } from "./probe-http";
import { probeWebSocket } from "./probe-websocket";

const ports: ProbePorts = {
  rng,
  sha1: (text) => ngx.sha1_bin(text),
  base64: (bytes) => ngx.encode_base64(bytes, false),
};

const GOOD: ProbeOutcome = { isGood: true, reason: "" };

/**
 * Probes a peer; in a timer, as it waits for the network: no step for longer than the probe's timeout.
 * @returns `undefined` and why, where this process was not able to: that says nothing about the peer
 */
export function probe(task: ProbeTask): LuaMultiReturn<[ProbeOutcome] | [undefined, string]> {
  const connection = ProbeConnection.create(task);
  if (connection === undefined) return $multi(undefined, "no socket");
  const [reason, isOwnTrouble] = connection.connect(task);
  if (reason !== undefined) {
    connection.close();
    if (isOwnTrouble) return $multi(undefined, reason);
    return $multi({ isGood: false, reason });
  }
  const outcome = talk(task, connection);
  connection.close();
  return $multi(outcome);
}

function talk(task: ProbeTask, connection: ProbeConnection): ProbeOutcome {
  const { type } = task.config;
  if (type === "http") return probeHttp(task, connection);
  return type === "websocket" ? probeWebSocket(task, connection, ports) : GOOD;
}
