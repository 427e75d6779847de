import type { ActiveHealthConfig } from "../../../src/core/config/snapshot";
import type { ProbeTask } from "../../../src/core/health/probe-task";

export const ACTIVE: ActiveHealthConfig = {
  type: "websocket",
  path: "/",
  host: "",
  port: 0,
  headers: {},
  expectStatus: "200-399",
  expectBody: "",
  intervalMs: 5000,
  fastIntervalMs: 1000,
  idleIntervalMs: 0,
  jitter: 0.1,
  timeoutMs: 1000,
  rise: 1,
  fall: 2,
  initial: "up",
};

export function aTask(id: string, config: Partial<ActiveHealthConfig> = {}): ProbeTask {
  return {
    id,
    upstream: "chat",
    key: id,
    host: "10.0.0.1",
    port: 80,
    address: "10.0.0.1:80",
    hostHeader: "10.0.0.1:80",
    request: "",
    config: { ...ACTIVE, ...config },
  };
}
