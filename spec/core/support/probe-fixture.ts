import type { ActiveHealthConfig } from "../../../src/core/config/snapshot";
import type { ProbeTask } from "../../../src/core/health/probe-task";
import { ACTIVE } from "./health-config";

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
