import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ensurePlatform } from "../../src/cli/nginx/ensure";
import type { Nginx } from "../../src/cli/nginx/find";
import { makeRunDirectory } from "../../src/cli/nginx/run-directory";
import type { RunDirectoryOptions } from "../../src/cli/nginx/run-directory";
import { NginxServer } from "../../src/cli/nginx/server";
import { Failure } from "../../src/cli/failure";
import type { RunningProxy } from "./proxy";

/** Plain nginx and Switchboard run on the same executable. */
export const nginx: Nginx = ensurePlatform().nginx;

const WORKER_TITLE = "nginx: worker process";
const START_TIMEOUT_MS = 5_000;
const POLL_MS = 10;

export interface StartedNginx extends RunningProxy {
  /** nginx's prefix. */
  readonly directory: string;
}

export async function startNginx(
  port: number,
  options: Omit<RunDirectoryOptions, "kind">,
): Promise<StartedNginx> {
  const directory = makeRunDirectory({ ...options, kind: nginx.kind });
  const server = NginxServer.launch({ nginx, directory, ports: [port] });
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await server.whenReady();
    return { port, workerPid: await firstWorker(server, options.changes?.workers ?? 1), directory, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The port answers as soon as the master listens; the workers may come a moment later. */
async function firstWorker(server: NginxServer, count: number): Promise<number> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const workers = server.children().filter(({ title }) => title.startsWith(WORKER_TITLE));
    if (workers.length === count) return workers[0]!.pid;
    await sleep(POLL_MS);
  }
  throw new Failure(`nginx does not have ${count} workers`);
}
