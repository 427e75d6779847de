import { readFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { freePort } from "../../spec/support/free-port";
import { startNginx } from "./nginx-process";
import type { Proxy } from "./proxy";

export interface SwitchboardOptions {
  /** Off by default, as it is for the other proxies. */
  readonly hasAccessLog?: boolean;
  /** In place of the snippet's own. */
  readonly bufferSize?: string;
}

/** The bundled configuration with one route to one peer, in tunnel mode. */
export function switchboard(options: SwitchboardOptions = {}): Proxy {
  return {
    name: nameOf(options),
    async start(backendPort) {
      const port = await freePort();
      return startNginx(port, {
        config: config(backendPort),
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

function nameOf({ hasAccessLog, bufferSize }: SwitchboardOptions): string {
  if (hasAccessLog === true) return "switchboard, access log";
  return bufferSize === undefined ? "switchboard" : `switchboard, ${bufferSize} buffer`;
}

function config(backendPort: number): string {
  return JSON.stringify({
    upstreams: { chat: { peers: [{ id: "a", address: `127.0.0.1:${backendPort}` }] } },
    routes: [{ id: "all", path: "/*", upstream: "chat" }],
  });
}

const LOCATION = "switchboard/location-base.conf";

function locationWith(bufferSize: string): Record<string, string> {
  const text = readFileSync(path.join(PACKAGE_ROOT, "nginx", LOCATION), "utf8");
  const changed = text.replace(/(?<=\bproxy_buffer_size )\w+(?=;)/, bufferSize);
  return { [`conf/${LOCATION}`]: changed };
}
