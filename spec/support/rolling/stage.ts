import path from "node:path";
import { AdminClient } from "../../../src/cli/client/admin-client";
import { parseEndpoint } from "../../../src/cli/client/endpoint";
import { Crowd } from "../../../src/cli/demo/rolling/crowd";
import type { CrowdOptions } from "../../../src/cli/demo/rolling/crowd";
import { RestartableBackend } from "../../../src/cli/demo/rolling/restartable-backend";
import { restartOneByOne } from "../../../src/cli/demo/rolling/restart";
import type { Talker } from "../../../src/cli/demo/rolling/talker";
import { onCleanup } from "../cleanup";
import { freePort } from "../free-port";
import { startGateway } from "../gateway";
import type { Gateway } from "../gateway";

const RUN_TYPESCRIPT = path.join(__dirname, "../faults/run-typescript.cjs");
export const UPSTREAM = "chat";

export interface StageOptions {
  readonly backends: number;
  readonly ownEveryMs: number;
  /** In how many frames backends send every seventh message. */
  readonly pieces: number;
  readonly workers: number;
  /** Of the route. */
  readonly relay: object;
  /** Of the gateway's drain. */
  readonly spread: string;
  readonly allowedErrors?: readonly RegExp[];
}

/** A gateway that relays, and backends that can be ended and started again. */
export interface Stage {
  readonly gateway: Gateway;
  readonly backends: readonly RestartableBackend[];
  /** A second port of the gateway, with small socket buffers towards its clients. */
  readonly narrowUrl: string;
}

export async function setStage(options: StageOptions): Promise<Stage> {
  const backends = await makeBackends(options);
  const narrowPort = await freePort();
  const gatewayOptions = {
    config: configOf(backends, options),
    workers: options.workers,
    serverExtra: `listen 127.0.0.1:${narrowPort} sndbuf=8k;`,
    allowedErrors: options.allowedErrors,
  };
  const [gateway] = await Promise.all([
    startGateway(gatewayOptions),
    ...backends.map((backend) => backend.start()),
  ]);
  return { gateway, backends, narrowUrl: `ws://127.0.0.1:${narrowPort}/` };
}

function configOf(backends: readonly RestartableBackend[], { spread, relay }: StageOptions): object {
  const peers = backends.map(({ name, address }) => ({ id: name, address }));
  const route = { id: "all", upstream: UPSTREAM, mode: "relay", on_drain: "move", on_crash: "move", relay };
  return { upstreams: { [UPSTREAM]: { peers, drain: { spread } } }, routes: [route] };
}

async function makeBackends(options: StageOptions): Promise<RestartableBackend[]> {
  const { ownEveryMs, pieces } = options;
  const execArgv = ["--require", RUN_TYPESCRIPT];
  const backends: RestartableBackend[] = [];
  for (let index = 0; index < options.backends; index += 1) {
    const name = String.fromCharCode("a".charCodeAt(0) + index);
    const backend = new RestartableBackend({ name, port: await freePort(), ownEveryMs, pieces, execArgv });
    onCleanup(() => backend.close());
    backends.push(backend);
  }
  return backends;
}

/** Clients that talk through the gateway until they finish or the spec ends. */
export async function startCrowdOfTalkers(
  { gateway }: Stage,
  options: Omit<CrowdOptions, "url">,
  others: readonly Talker[] = [],
): Promise<Crowd> {
  const crowd = Crowd.of({ ...options, url: gateway.url("/talk") }).with(others);
  onCleanup(() => crowd.drop());
  await crowd.begin();
  return crowd;
}

/** Each backend in its turn: drain, wait, kill, start, ready. */
export function rollingRestart(
  { gateway, backends }: Stage,
  options: {
    readonly kill: "SIGKILL" | "SIGTERM";
    readonly emptyWithinMs: number;
    readonly onDrain?: () => void;
  },
): Promise<void> {
  const admin = new AdminClient({
    endpoint: parseEndpoint(`http://127.0.0.1:${gateway.adminPort}`),
    timeoutMs: 10_000,
  });
  return restartOneByOne(admin, backends, {
    upstream: UPSTREAM,
    signal: options.kill,
    emptyWithinMs: options.emptyWithinMs,
    onStep: (_backend, step) => {
      if (step === "drain") options.onDrain?.();
    },
  });
}

/** SIGKILL without a drain, and a start. */
export async function crash(backend: RestartableBackend): Promise<void> {
  await backend.kill("SIGKILL");
  await backend.start();
}

/** What the backends have told of all connections that have ended. */
export function sentOnVisits({ backends }: Stage): Map<string, number> {
  return new Map(backends.flatMap(({ sentOnVisits }) => [...sentOnVisits]));
}
