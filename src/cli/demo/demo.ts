import { readFileSync } from "node:fs";
import { Failure } from "../failure";
import type { Nginx } from "../nginx/find";
import { requireFreePort } from "../nginx/ports";
import { BackendProcess } from "./backend-process";
import { holdDialogue } from "./dialogue";
import { gatewayUrl, startGateway } from "./gateway";
import { parseOptions } from "./options";
import type { DemoOptions } from "./options";
import { showRollingRestart } from "./rolling/show";
import { Running } from "./running";
import { whenToldToStop } from "./stop-wish";

/**
 * `npm start`: backends and a gateway in front of them, until a signal or, where the options want it, until something has been shown.
 * @param prepare installs and builds what is missing; it blocks, so a signal then ends the process at once
 */
export async function startDemo(args: readonly string[], prepare: () => Nginx): Promise<void> {
  const options = parseOptions(args);
  const nginx = prepare();
  const running = new Running();
  const stopWish = whenToldToStop();
  try {
    await Promise.race([run(options, nginx, running), stopWish]);
  } finally {
    await running.stop();
  }
}

async function run(options: DemoOptions, nginx: Nginx, running: Running): Promise<void> {
  await requireFreePort(options.port, "of the gateway, --port", "0.0.0.0");
  await requireFreePort(options.adminPort, "of the admin API, --admin-port", "127.0.0.1");
  for (const port of options.backends) await requireFreePort(port, "of a backend, --backends", "127.0.0.1");
  if (options.demo === "rolling") return showRollingRestart(options, nginx, running);
  const config = readConfig(options);
  const backends = options.backends.map((port) =>
    running.add(
      () => new BackendProcess(port),
      (backend) => backend.stop(),
    ),
  );
  await Promise.all(backends.map((backend) => backend.whenStarted()));
  const server = await startGateway(options, config, nginx, running);
  if (options.once)
    return holdDialogue(gatewayUrl(options), options.config === undefined ? options.backends : []);
  console.log(`Try      npx wscat --connect ${gatewayUrl(options)}   (Ctrl-C here stops everything)`);
  await server.whenEnded();
  throw new Failure("nginx ended by itself");
}

function readConfig(options: DemoOptions): string {
  if (options.config !== undefined) return readFile(options.config);
  const peers = options.backends.map((port) => ({ address: `127.0.0.1:${port}` }));
  const document = { upstreams: { chat: { peers } }, routes: [{ id: "all", path: "/*", upstream: "chat" }] };
  return JSON.stringify(document, undefined, 2);
}

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`cannot read the configuration: ${(error as Error).message}`);
  }
}
