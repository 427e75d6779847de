import { rmSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { ensurePlatform } from "../../src/cli/nginx/ensure";
import { THIS_MACHINE } from "../../src/cli/nginx/find";
import { makeRunDirectory } from "../../src/cli/nginx/run-directory";
import { NginxServer } from "../../src/cli/nginx/server";
import { onCleanup } from "./cleanup";
import { freePort } from "./free-port";
import { Gateway } from "./gateway";
import type { Host } from "./network";
import { probeTlsOfOneCa, sharedLua } from "./shared-files";
import { waitFor } from "./wait-for";

const PORT = 8020;
const ADMIN_SOCKET = "admin.sock";

/**
 * Runs a gateway with the bundled configuration on another host. Its admin server listens on a unix socket, for which hosts
 * make no difference, and `adminPort` is a port of 127.0.0.1 that leads there.
 */
export async function startDistantGateway(host: Host, config: object): Promise<Gateway> {
  const { nginx } = ensurePlatform({ ...THIS_MACHINE, mayInstall: false });
  const directory = makeRunDirectory({
    kind: nginx.kind,
    config: JSON.stringify(config),
    changes: { listen: `${host.address}:${PORT}`, adminListen: `unix:${ADMIN_SOCKET}`, workers: 1 },
    files: probeTlsOfOneCa(),
    sharedLua: sharedLua(),
  });
  onCleanup(() => rmSync(directory, { recursive: true, force: true }));
  const socketPath = path.join(directory, ADMIN_SOCKET);
  const launch = async (): Promise<NginxServer> => {
    const server = NginxServer.launch({ nginx, directory, ports: [], through: host.through });
    onCleanup(() => server.stop());
    await waitFor(() => !server.isRunning || canConnect(socketPath), { what: "the gateway to start" });
    await server.whenReady();
    return server;
  };
  const adminPort = await leadTo(socketPath);
  const gateway = new Gateway(await launch(), launch, directory, PORT, adminPort, []);
  onCleanup(() => gateway.stop());
  return gateway;
}

function canConnect(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function leadTo(socketPath: string): Promise<number> {
  const port = await freePort();
  const open = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(socketPath);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => {
        near.destroy();
        far.destroy();
        open.delete(socket);
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onCleanup(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return port;
}
