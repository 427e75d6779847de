import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../spec/support/free-port";
import { largeDocument } from "../../spec/support/large-documents";
import type { LargeDocument } from "../../spec/support/large-documents";
import { Failure } from "../../src/cli/failure";
import { change, whenLed } from "./admin-calls";
import { startNginx } from "./nginx-process";
import type { Proxy, RunningProxy } from "./proxy";

/** What a change cost one worker. */
interface Observation {
  readonly pid: number;
  /** The longest time it did nothing else, in milliseconds of processor time. */
  readonly longestMs: number;
  /** When it had applied the change, in milliseconds since the epoch. */
  readonly appliedAtMs: number;
}

export interface Change {
  /** From the call's begin to its answer, which comes when every worker has the change. */
  readonly answeredAfterMs: number;
  /** From the call's begin to the last worker, by what the workers say. */
  readonly liveAfterMs: number;
  /** In the worker that did most, which is the one that leads. */
  readonly leaderMs: number;
  /** In the other ones, of which there is one. */
  readonly otherMs: number;
}

/** Switchboard with its admin API at hand. */
export interface ControlledProxy extends RunningProxy {
  /** `PATCH`: gives one peer another weight. */
  changeOne(): Promise<void>;
  /** Drains the peer, or takes it back. */
  drainOrReady(): Promise<void>;
  /** `PUT` of the whole document, in which every peer has another weight. */
  changeAll(): Promise<void>;
  /** Does a change, and looks at the workers meanwhile. */
  observe(change: (this: void) => Promise<void>): Promise<Change>;
}

const WORKERS = 2;
/** Of them so many that every worker is sure to get some. */
const WATCHES = 16;
const WATCH_S = 2;
const BEGIN_MS = 200;

const WATCH = `location = /watch {
  content_by_lua_block {
    local follower = require("resty.switchboard.ngx.worker").workerInUse().follower
    local ends, generation, applied = ngx.now() + ${WATCH_S}, follower.generation, 0
    local longest, last = 0, os.clock()
    repeat
      ngx.sleep(0.001)
      local now = os.clock()
      longest = math.max(longest, now - last)
      last = now
      if follower.generation ~= generation then generation, applied = follower.generation, ngx.now() end
    until ngx.now() > ends
    ngx.print(ngx.worker.pid(), " ", longest * 1000, " ", applied * 1000)
  }
}`;

/** The bundled configuration with two workers, and with peers beside the one that gets the sessions. */
export function controlled(peers: number, upstreams: number): Proxy {
  return {
    name: `${peers} peers in ${upstreams}`,
    async start(backendPort) {
      const [port, adminPort] = [await freePort(), await freePort()];
      const document = largeDocument(peers, upstreams);
      const config = {
        upstreams: { ...document.upstreams, echo: { peers: [{ address: `127.0.0.1:${backendPort}` }] } },
        routes: [...document.routes, { id: "echo", path: "/echo", upstream: "echo" }],
      };
      const running = await startNginx(port, {
        config: JSON.stringify(config),
        changes: {
          listen: `127.0.0.1:${port}`,
          adminListen: `127.0.0.1:${adminPort}`,
          workers: WORKERS,
          serverExtra: WATCH,
          locationExtra: "access_log off;",
        },
      });
      await whenLed(adminPort);
      return { ...running, ...controls(port, adminPort, document, () => JSON.stringify(config)) };
    },
  };
}

type Controls = Pick<ControlledProxy, "changeOne" | "drainOrReady" | "changeAll" | "observe">;

function controls(
  port: number,
  adminPort: number,
  { upstreams }: LargeDocument,
  show: () => string,
): Controls {
  const all = Object.entries(upstreams).flatMap(([name, { peers }]) =>
    peers.map((peer) => ({ peer, target: `/v1/upstreams/${name}/peers/${encodeURIComponent(peer.id)}` })),
  );
  const { peer: one, target } = all[all.length >> 1]!;
  const turn = (peer: (typeof all)[number]["peer"]): void => void (peer.weight = (peer.weight % 100) + 1);
  let isDraining = false;
  return {
    changeOne() {
      turn(one);
      return change(adminPort, { method: "PATCH", target, body: JSON.stringify({ weight: one.weight }) });
    },
    drainOrReady() {
      isDraining = !isDraining;
      return change(adminPort, {
        method: "POST",
        target: `${target}/${isDraining ? "drain" : "ready"}`,
        body: "{}",
      });
    },
    async changeAll() {
      for (const { peer } of all) turn(peer);
      await change(adminPort, { method: "PUT", target: "/v1/config", body: show(), ifMatch: "*" });
    },
    async observe(doChange) {
      const watches = Array.from({ length: WATCHES }, () => watch(port));
      await sleep(BEGIN_MS);
      const changedAtMs = Date.now();
      await doChange();
      const answeredAfterMs = Date.now() - changedAtMs;
      const observations = await Promise.all(watches);
      return { answeredAfterMs, ...summarise(observations, changedAtMs) };
    },
  };
}

async function watch(port: number): Promise<Observation> {
  const response = await fetch(`http://127.0.0.1:${port}/watch`, { headers: { connection: "close" } });
  const [pid, longestMs, appliedAtMs] = (await response.text()).split(" ").map(Number);
  return { pid: pid!, longestMs: longestMs!, appliedAtMs: appliedAtMs! };
}

function summarise(
  observations: readonly Observation[],
  changedAtMs: number,
): Omit<Change, "answeredAfterMs"> {
  const byWorker = new Map<number, Observation>();
  for (const observation of observations) {
    const known = byWorker.get(observation.pid);
    if (known === undefined || known.longestMs < observation.longestMs)
      byWorker.set(observation.pid, observation);
  }
  const workers = [...byWorker.values()].sort((a, b) => b.longestMs - a.longestMs);
  if (workers.length !== WORKERS) throw new Failure("a worker was not watched");
  const last = Math.min(...workers.map(({ appliedAtMs }) => appliedAtMs));
  if (last === 0) throw new Failure(`the change was not live within ${WATCH_S} s`);
  return {
    liveAfterMs: Math.max(...workers.map(({ appliedAtMs }) => appliedAtMs)) - changedAtMs,
    leaderMs: workers[0]!.longestMs,
    otherMs: workers[1]!.longestMs,
  };
}
