import { freePort } from "../../spec/support/free-port";
import { change, whenLed } from "./admin-calls";
import { startNginx } from "./nginx-process";
import type { Proxy, RunningProxy } from "./proxy";
import { routeOf } from "./switchboard";

const WORKERS = 2;

/** The bundled configuration with two workers and a balancer over all the backends; the key is the query's `user`. */
export function switchboardBalancing(balancer: { readonly type: string }): Proxy {
  const { type, ...options } = balancer;
  return {
    name: ["switchboard", type, ...Object.values(options)].join(" "),
    async start(_, backendPorts) {
      const port = await freePort();
      const peers = backendPorts.map((backendPort) => ({ address: `127.0.0.1:${backendPort}` }));
      const config = {
        upstreams: { chat: { balancer, peers } },
        routes: [{ id: "all", path: "/*", upstream: "chat", key: "$arg_user" }],
      };
      return startNginx(port, {
        config: JSON.stringify(config),
        changes: {
          listen: `127.0.0.1:${port}`,
          adminListen: `127.0.0.1:${await freePort()}`,
          workers: WORKERS,
          locationExtra: "access_log off;",
        },
      });
    },
  };
}

export interface DrainableProxy extends RunningProxy {
  /** Lets sessions go to all backends but this one. @param index of the backend */
  drain(index: number): Promise<void>;
  ready(index: number): Promise<void>;
}

/** One worker in relay mode in front of all the backends; a drain moves their sessions at once. */
export const switchboardMoving: Proxy = {
  name: "switchboard, relay",
  async start(_, backendPorts) {
    const [port, adminPort] = [await freePort(), await freePort()];
    const peers = backendPorts.map((backendPort, id) => ({
      id: `${id}`,
      address: `127.0.0.1:${backendPort}`,
    }));
    const config = {
      upstreams: { chat: { peers, drain: { spread: "0s" } } },
      routes: [{ id: "all", path: "/*", upstream: "chat", ...routeOf("relay") }],
    };
    const running = await startNginx(port, {
      config: JSON.stringify(config),
      changes: {
        listen: `127.0.0.1:${port}`,
        adminListen: `127.0.0.1:${adminPort}`,
        workers: 1,
        locationExtra: "access_log off;",
      },
    });
    const set = (index: number, state: "drain" | "ready"): Promise<void> =>
      change(adminPort, { method: "POST", target: `/v1/upstreams/chat/peers/${index}/${state}`, body: "{}" });
    await whenLed(adminPort);
    const proxy: DrainableProxy = {
      ...running,
      drain: (index) => set(index, "drain"),
      ready: (index) => set(index, "ready"),
    };
    return proxy;
  },
};

/** nginx's own `least_conn`, whose workers count together in a `zone`. */
export const nginxLeastConn: Proxy = {
  name: "nginx least_conn",
  async start(_, backendPorts) {
    const port = await freePort();
    return startNginx(port, { config: "", conf: conf(port, backendPorts), changes: { workers: WORKERS } });
  },
};

function conf(port: number, backendPorts: readonly number[]): string {
  return `
worker_processes ${WORKERS};
pid logs/nginx.pid;
error_log logs/error.log;
events {
    worker_connections 65536;
}
http {
    access_log off;
    upstream websocket {
        zone websocket 256k;
        least_conn;
        ${backendPorts.map((backendPort) => `server 127.0.0.1:${backendPort};`).join("\n        ")}
    }
    server {
        listen 127.0.0.1:${port} reuseport;
        location / {
            proxy_pass http://websocket;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_set_header Host $host;
            proxy_read_timeout 1h;
        }
    }
}
`;
}
