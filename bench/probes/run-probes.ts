import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../spec/support/free-port";
import { Failure } from "../../src/cli/failure";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import type { BackendMethods } from "../load/backend";
import { Helper } from "../load/helper";
import { describeMachine } from "../measure/machine";
import { cpuNs, pssBytes } from "../measure/process-usage";
import { spreadOf, type Spread } from "../measure/statistics";
import type { Options } from "../options";
import { startNginx } from "../proxies/nginx-process";

const PEERS = 2_000;
const INTERVAL_MS = 5_000;
const LISTENERS = 8;
const WARM_UP_MS = 6_000;
const MEASURED_MS = 5_000;
const DEFAULT_ROUNDS = 3;
/** `none` is the worker with its loop and nobody to probe. */
const TYPES = ["none", "tcp", "http", "websocket"] as const;

interface Row {
  readonly type: string;
  readonly probes_per_second: Spread;
  readonly cpu_percent: Spread;
  readonly cpu_us_per_probe: Spread;
  readonly pss_mb: Spread;
}

interface Figures {
  readonly good: number;
  readonly bad: number;
  readonly reason: string;
}

/** What a worker costs that probes a fleet: the CPU time of its process, which does nothing else. */
export async function runProbeBenchmark({ isJson, rounds = DEFAULT_ROUNDS }: Options): Promise<void> {
  const rows: Row[] = [];
  for (const type of TYPES) rows.push(await measureType(type, rounds));
  const what = `${PEERS} peers every ${INTERVAL_MS / 1000} s`;
  if (isJson) {
    console.log(
      JSON.stringify({ benchmark: "probes", what, rounds, machine: describeMachine(), rows }, undefined, 2),
    );
    return;
  }
  console.log(`probes: ${what}; ${rounds} times ${MEASURED_MS / 1000} s; median (least - most)`);
  for (const row of rows) {
    console.log(
      [
        row.type.padEnd(10),
        `${show(row.probes_per_second, 0)} probes/s`,
        `${show(row.cpu_percent, 2)} % of a core`,
        `${show(row.cpu_us_per_probe, 0)} us each`,
        `${show(row.pss_mb, 1)} MB`,
      ].join("   "),
    );
  }
}

async function measureType(type: string, rounds: number): Promise<Row> {
  const backend = Helper.start<BackendMethods>("backend.js");
  try {
    const ports = await backend.ask("listenWide", { count: LISTENERS });
    const port = await freePort();
    const files = {
      "probes/prober.lua": readFileSync(path.join(PACKAGE_ROOT, "bench/probes/prober.lua"), "utf8"),
    };
    const nginx = await startNginx(port, { config: "", conf: conf(port, type, ports), files });
    try {
      return await measure(type, rounds, port, nginx.workerPid);
    } finally {
      await nginx.stop();
    }
  } finally {
    await backend.stop();
  }
}

async function measure(type: string, rounds: number, port: number, pid: number): Promise<Row> {
  const samples: { rate: number; percent: number; us: number; mb: number }[] = [];
  await sleep(WARM_UP_MS);
  for (let round = 0; round < rounds; round++) {
    const before = await figures(port);
    const [startNs, startMs] = [cpuNs(pid), performance.now()];
    await sleep(MEASURED_MS);
    const [usedNs, tookMs] = [cpuNs(pid) - startNs, performance.now() - startMs];
    const after = await figures(port);
    if (after.bad > 0) throw new Failure(`${after.bad} ${type} probes failed: ${after.reason}`);
    const count = after.good - before.good;
    samples.push({
      rate: (count * 1000) / tookMs,
      percent: usedNs / tookMs / 10_000,
      us: count === 0 ? 0 : usedNs / 1000 / count,
      mb: pssBytes(pid) / 1024 / 1024,
    });
  }
  return {
    type,
    probes_per_second: spreadOf(samples.map(({ rate }) => rate)),
    cpu_percent: spreadOf(samples.map(({ percent }) => percent)),
    cpu_us_per_probe: spreadOf(samples.map(({ us }) => us)),
    pss_mb: spreadOf(samples.map(({ mb }) => mb)),
  };
}

async function figures(port: number): Promise<Figures> {
  const response = await fetch(`http://127.0.0.1:${port}/`);
  if (response.status !== 200) throw new Failure(`nginx answered ${response.status}`);
  return (await response.json()) as Figures;
}

function show({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} - ${max.toFixed(digits)})`;
}

function conf(port: number, type: string, ports: readonly number[]): string {
  const count = type === "none" ? 0 : PEERS;
  return `
include modules.con[f];
worker_processes 1;
pid logs/nginx.pid;
error_log logs/error.log;
events { worker_connections 4096; }
http {
    access_log off;
    client_body_temp_path client_body_temp;
    proxy_temp_path proxy_temp;
    fastcgi_temp_path fastcgi_temp;
    uwsgi_temp_path uwsgi_temp;
    scgi_temp_path scgi_temp;
    lua_shared_dict switchboard 1m;
    lua_package_path "$prefix/probes/?.lua;$prefix/lua/?.lua;;";
    lua_socket_log_errors off;
    init_worker_by_lua_block {
        figures = require("prober")("${type}", ${count}, { ${ports.join(", ")} }, ${INTERVAL_MS})
    }
    server {
        listen 127.0.0.1:${port};
        location / {
            content_by_lua_block { ngx.print(require("cjson.safe").encode(figures)) }
        }
    }
}
`;
}
