import { rmSync } from "node:fs";
import path from "node:path";
import { Failure } from "../failure";
import type { Nginx } from "../nginx/find";
import { makeRunDirectory } from "../nginx/run-directory";
import { NginxServer } from "../nginx/server";
import type { DemoOptions } from "./options";
import type { Running } from "./running";

/** Starts nginx with this configuration, and says where it is. It ends with `running`. */
export async function startGateway(
  options: DemoOptions,
  config: string,
  nginx: Nginx,
  running: Running,
): Promise<NginxServer> {
  const changes = { listen: `${options.port}`, adminListen: adminAddress(options) };
  const directory = running.add(
    () => makeRunDirectory({ kind: nginx.kind, config, changes }),
    (made) => rmSync(made, { recursive: true, force: true }),
  );
  const server = running.add(
    () => NginxServer.launch({ nginx, directory, ports: [options.port, options.adminPort] }),
    (launched) => launched.stop(),
  );
  await server.whenReady().catch((error: Error) => {
    // The operator knows the file by its own name, not by that of the copy.
    const copy = path.join(directory, "conf/switchboard.json");
    throw new Failure(error.message.replaceAll(copy, options.config ?? copy));
  });
  console.log(`Gateway  ${gatewayUrl(options)} (${nginx.executable}, files in ${directory})`);
  console.log(`Admin    http://${adminAddress(options)}`);
  console.log(`Backends ${options.backends.map((port) => `ws://127.0.0.1:${port}`).join(", ")}`);
  return server;
}

export function gatewayUrl({ port }: DemoOptions): string {
  return `ws://127.0.0.1:${port}`;
}

export function adminAddress({ adminPort }: DemoOptions): string {
  return `127.0.0.1:${adminPort}`;
}
