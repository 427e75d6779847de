import { freePort } from "../../spec/support/free-port";
import { startNginx } from "./nginx-process";
import type { Proxy } from "./proxy";

/** The configuration that everybody copies: `proxy_pass` with the two headers of an upgrade. */
export function plainNginx({ bufferSize }: { bufferSize?: string } = {}): Proxy {
  return {
    name: bufferSize === undefined ? "nginx" : `nginx, ${bufferSize} buffer`,
    async start(backendPort) {
      const port = await freePort();
      return startNginx(port, { config: "", conf: conf(port, backendPort, bufferSize) });
    },
  };
}

function conf(port: number, backendPort: number, bufferSize: string | undefined): string {
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
        server 127.0.0.1:${backendPort};
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
