import { readFileSync } from "node:fs";
import path from "node:path";
import { freePort } from "../../../spec/support/free-port";
import { startNginx } from "../nginx-process";
import { GUARD } from "./guarded";
import type { Fleet, GuardedProxy } from "./guarded";

/**
 * nginx as it comes: `max_fails` and `proxy_next_upstream` in its default. It has one timeout for the handshake and for the open
 * socket: it is the handshake's where the sockets talk often enough to live with it.
 */
export const guardedNginx: GuardedProxy = {
  name: "nginx",
  async start(fleet) {
    const port = await freePort();
    const { directory, stop } = await startNginx(port, {
      config: "",
      conf: conf(port, fleet),
      changes: { workers: GUARD.workers },
    });
    const reload = (): void => {
      process.kill(Number(readFileSync(path.join(directory, "logs/nginx.pid"), "utf8")), "SIGHUP");
    };
    return { port, reload, stop };
  },
};

function conf(port: number, fleet: Fleet): string {
  return `
worker_processes ${GUARD.workers};
pid logs/nginx.pid;
error_log logs/error.log;
events {
    worker_connections 65536;
}
http {
    access_log off;
    ${fleet.dns === undefined ? upstream(fleet) : `resolver ${fleet.dns.server} valid=1s ipv6=off;`}
    server {
        listen 127.0.0.1:${port} reuseport;
        location / {
            ${target(fleet)}
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_set_header Host $host;
            proxy_connect_timeout ${GUARD.handshakeS}s;
            proxy_read_timeout ${fleet.isQuiet ? "1h" : `${GUARD.handshakeS}s`};
            proxy_next_upstream_tries ${GUARD.retries + 1};
            ${fleet.tls === undefined ? "" : verify(fleet.tls)}
        }
    }
}
`;
}

function upstream({ peers }: Fleet): string {
  const policy = `max_fails=${GUARD.maxFails} fail_timeout=${GUARD.ejectS}s`;
  const servers = peers.map(({ host, port }) => `server ${host}:${port} ${policy};`);
  return `upstream fleet { zone fleet 256k; ${servers.join(" ")} }`;
}

/** A name that is to be resolved while it runs must stand in a variable, and cannot have an upstream's policy. */
function target({ dns, tls }: Fleet): string {
  if (dns !== undefined) return `set $fleet ${dns.name}; proxy_pass http://$fleet:${dns.port};`;
  return `proxy_pass ${tls === undefined ? "http" : "https"}://fleet;`;
}

function verify({ serverName, caFile }: NonNullable<Fleet["tls"]>): string {
  return `proxy_ssl_verify on; proxy_ssl_trusted_certificate ${caFile}; proxy_ssl_name ${serverName}; proxy_ssl_server_name on;`;
}
