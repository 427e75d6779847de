import { readFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { freePort } from "../../spec/support/free-port";
import { startNginx } from "./nginx-process";
import type { Proxy } from "./proxy";

export interface SwitchboardOptions {
  /** Off by default, as it is for the other proxies. */
  readonly hasAccessLog?: boolean;
  /** `least_conn` over all the backends, and a cookie that the client does not send: it gets one with each 101. */
  readonly isBalancing?: boolean;
  /** In place of the snippet's own. */
  readonly bufferSize?: string;
}

/** The bundled configuration with one route, in tunnel mode; to one peer where the options do not say otherwise. */
export function switchboard(options: SwitchboardOptions = {}): Proxy {
  return {
    name: nameOf(options),
    async start(backendPort, backendPorts) {
      const port = await freePort();
      return startNginx(port, {
        config: options.isBalancing === true ? balancing(backendPorts) : config([backendPort]),
        changes: {
          listen: `127.0.0.1:${port}`,
          adminListen: `127.0.0.1:${await freePort()}`,
          workers: 1,
          locationExtra: options.hasAccessLog === true ? undefined : "access_log off;",
        },
        files: options.bufferSize === undefined ? {} : locationWith(options.bufferSize),
      });
    },
  };
}

function nameOf({ hasAccessLog, isBalancing, bufferSize }: SwitchboardOptions): string {
  if (isBalancing === true) return "switchboard (least_conn, cookie)";
  if (hasAccessLog === true) return "switchboard, access log";
  return bufferSize === undefined ? "switchboard" : `switchboard, ${bufferSize} buffer`;
}

function balancing(backendPorts: readonly number[]): string {
  return config(backendPorts, { balancer: "least_conn", affinity: { type: "cookie", name: "sb" } });
}

function config(backendPorts: readonly number[], policy: object = {}): string {
  const peers = backendPorts.map((backendPort) => ({ address: `127.0.0.1:${backendPort}` }));
  return JSON.stringify({
    upstreams: { chat: { ...policy, peers } },
    routes: [{ id: "all", path: "/*", upstream: "chat" }],
  });
}

const LOCATION = "switchboard/location-base.conf";

function locationWith(bufferSize: string): Record<string, string> {
  const text = readFileSync(path.join(PACKAGE_ROOT, "nginx", LOCATION), "utf8");
  const changed = text.replace(/(?<=\bproxy_buffer_size )\w+(?=;)/, bufferSize);
  return { [`conf/${LOCATION}`]: changed };
}
