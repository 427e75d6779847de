import { freePort } from "../../spec/support/free-port";
import { startNginx } from "./nginx-process";
import type { Proxy } from "./proxy";

export interface PlainNginxOptions {
  readonly bufferSize?: string;
  /** All the backends stand in its upstream, not the first alone. */
  readonly hasAllPeers?: boolean;
}

/** The configuration that everybody copies: `proxy_pass` with the two headers of an upgrade. */
export function plainNginx(options: PlainNginxOptions = {}): Proxy {
  const { bufferSize, hasAllPeers } = options;
  return {
    name: nameOf(options),
    async start(backendPort, backendPorts) {
      const port = await freePort();
      const ports = hasAllPeers === true ? backendPorts : [backendPort];
      return startNginx(port, { config: "", conf: conf(port, ports, bufferSize) });
    },
  };
}

function nameOf({ bufferSize, hasAllPeers }: PlainNginxOptions): string {
  if (hasAllPeers === true) return "nginx, all peers";
  return bufferSize === undefined ? "nginx" : `nginx, ${bufferSize} buffer`;
}

function conf(port: number, backendPorts: readonly number[], bufferSize: string | undefined): string {
  const buffers = bufferSize === undefined ? "" : bufferDirectives(bufferSize);
  return `
worker_processes 1;
pid logs/nginx.pid;
error_log logs/error.log;
events {
    worker_connections 65536;
}
http {
    access_log off;
    map $http_upgrade $connection_upgrade {
        default upgrade;
        "" close;
    }
    upstream websocket {
        ${backendPorts.map((backendPort) => `server 127.0.0.1:${backendPort};`).join("\n        ")}
    }
    server {
        listen 127.0.0.1:${port};
        location / {
            proxy_pass http://websocket;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header Host $host;
            ${buffers}
        }
    }
}
`;
}

function bufferDirectives(size: string): string {
  return `proxy_buffer_size ${size}; proxy_buffers 4 32k; proxy_busy_buffers_size 64k;`;
}
