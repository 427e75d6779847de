import type { PeerConfig } from "../../src/core/config/snapshot";
import type { Pool } from "../../src/core/pool/pool";
import { MemoryCounters } from "../core/support/memory-counters";
import { aPool, poolDeps } from "../core/support/pool-fixture";
import { RecordingLog } from "../core/support/recording-log";
import { anUpstream } from "../core/support/upstream-fixture";

export function poolOf(name: string, ...peers: PeerConfig[]): Pool {
  return aPool(poolDeps(new MemoryCounters(), new RecordingLog()), anUpstream({ name, peers }));
}
