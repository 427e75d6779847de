import { setTimeout as sleep } from "node:timers/promises";
import type { AdminClient } from "../../client/admin-client";
import { peerPath, upstreamPath } from "../../client/paths";
import type { PeerView, UpstreamView } from "../../client/shapes";
import { Failure } from "../../failure";
import type { RestartableBackend } from "./restartable-backend";

export interface RestartOptions {
  readonly upstream: string;
  readonly signal: "SIGKILL" | "SIGTERM";
  /** For the clients of one backend to have left it. */
  readonly emptyWithinMs: number;
  /** Told of each step, in words. */
  readonly onStep?: (backend: RestartableBackend, step: Step) => void;
}

export type Step = "drain" | "restart" | "ready";

const POLL_MS = 50;

/** Drains each backend in its turn, ends its process when no session is left, starts it again, and takes it back into use. */
export async function restartOneByOne(
  admin: AdminClient,
  backends: readonly RestartableBackend[],
  options: RestartOptions,
): Promise<void> {
  for (const backend of backends) await restartDrained(admin, backend, options);
}

async function restartDrained(
  admin: AdminClient,
  backend: RestartableBackend,
  options: RestartOptions,
): Promise<void> {
  const peer = peerPath({ upstream: options.upstream, peer: backend.name });
  options.onStep?.(backend, "drain");
  await admin.call("POST", `${peer}/drain`, { body: {} });
  await whenEmpty(admin, backend, options);
  options.onStep?.(backend, "restart");
  await backend.kill(options.signal);
  await backend.start();
  await admin.call("POST", `${peer}/ready`, { body: {} });
  options.onStep?.(backend, "ready");
}

/** For the gateway, and for the backend itself. */
async function whenEmpty(
  admin: AdminClient,
  backend: RestartableBackend,
  { upstream, emptyWithinMs }: RestartOptions,
): Promise<void> {
  const deadlineMs = Date.now() + emptyWithinMs;
  for (;;) {
    const { active } = await peerOf(admin, upstream, backend.name);
    if (active === 0 && backend.openVisits.size === 0) return;
    if (Date.now() > deadlineMs)
      throw new Failure(
        `${backend.name} still has ${active} sessions (${backend.openVisits.size} by its own count) ${emptyWithinMs} ms after the drain`,
      );
    await sleep(POLL_MS);
  }
}

async function peerOf(admin: AdminClient, upstream: string, id: string): Promise<PeerView> {
  const { peers } = await admin.get<UpstreamView>(upstreamPath(upstream));
  const peer = peers.find((one) => one.id === id);
  if (peer === undefined) throw new Failure(`the gateway knows no peer ${id}`);
  return peer;
}
