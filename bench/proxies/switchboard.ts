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
  /** `tunnel` by default; `relay` with moves, which is what it is for. */
  readonly mode?: Mode;
}

export type Mode = "tunnel" | "relay";

/** The bundled configuration with one route; to one peer where the options do not say otherwise. */
export function switchboard(options: SwitchboardOptions = {}): Proxy {
  return {
    name: nameOf(options),
    async start(backendPort, backendPorts) {
      const port = await freePort();
      return startNginx(port, {
        config: configOf(options, backendPort, backendPorts),
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

function nameOf({ hasAccessLog, isBalancing, bufferSize, mode }: SwitchboardOptions): string {
  const name = mode === "relay" ? "switchboard, relay" : "switchboard";
  if (isBalancing === true) return `${name} (least_conn, cookie)`;
  if (hasAccessLog === true) return `${name}, access log`;
  return bufferSize === undefined ? name : `${name}, ${bufferSize} buffer`;
}

function configOf(
  { isBalancing, mode }: SwitchboardOptions,
  backendPort: number,
  backendPorts: readonly number[],
): string {
  const ports = isBalancing === true ? backendPorts : [backendPort];
  const peers = ports.map((port) => ({ address: `127.0.0.1:${port}` }));
  const policy =
    isBalancing === true ? { balancer: "least_conn", affinity: { type: "cookie", name: "sb" } } : {};
  return JSON.stringify({
    upstreams: { chat: { ...policy, peers } },
    routes: [{ id: "all", path: "/*", upstream: "chat", ...routeOf(mode) }],
  });
}

/** The part of a route that says how its bytes are moved. */
export function routeOf(mode: Mode | undefined): object {
  return mode === "relay" ? { mode, on_drain: "move", on_crash: "move" } : {};
}

const LOCATION = "switchboard/location-base.conf";

function locationWith(bufferSize: string): Record<string, string> {
  const text = readFileSync(path.join(PACKAGE_ROOT, "nginx", LOCATION), "utf8");
  const changed = text.replace(/(?<=\bproxy_buffer_size )\w+(?=;)/, bufferSize);
  return { [`conf/${LOCATION}`]: changed };
}
