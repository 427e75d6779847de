import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { freePort } from "../../spec/support/free-port";
import { Failure } from "../../src/cli/failure";
import { ensurePlatform } from "../../src/cli/nginx/ensure";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { describeMachine } from "../measure/machine";
import type { Options } from "../options";
import { startNginx } from "../proxies/nginx-process";

const FOLDER = path.join(PACKAGE_ROOT, "bench/pick");
const DEFAULT_RUNS = 5;

/** Of one balancer with a number of peers; the median of the runs. */
interface Row {
  readonly balancer: string;
  readonly peers: number;
  /** How many of the peers are down. */
  readonly down: number;
  readonly warm_ns: number;
  readonly warm_p99_ns: number;
  readonly cold_ns: number;
  readonly cold_p99_ns: number;
  readonly bytes_per_pick: number;
  readonly first_update_ms: number;
  readonly update_ms: number;
  readonly first_settle_ms: number;
  readonly first_longest_ms: number;
}

/** Where the counts are, and the figures with them there. */
type Results = Readonly<Record<string, readonly Row[]>>;

/** Measures every registered balancer in LuaJIT alone, and in a worker of nginx with the counts in a shared dict. */
export async function runPickBenchmark({ isJson, rounds }: Options): Promise<void> {
  const runs = rounds ?? DEFAULT_RUNS;
  const results: Results = { table: measureInLuajit(runs), "shared dict": await measureInNginx(runs) };
  if (isJson) {
    const report = { benchmark: "pick", runs, machine: describeMachine(), results };
    console.log(JSON.stringify(report, undefined, 2));
    return;
  }
  console.log(`median of ${runs} runs; of the picks the median, then the 99th percentile`);
  for (const [store, rows] of Object.entries(results)) print(store, rows);
}

function measureInLuajit(runs: number): readonly Row[] {
  const lua = `${path.join(FOLDER, "?.lua")};${path.join(PACKAGE_ROOT, "dist/lua/?.lua")};;`;
  const { status, stdout } = spawnSync(
    ensurePlatform().luajit,
    [path.join(FOLDER, "pick.lua"), runs.toString()],
    { env: { ...process.env, LUA_PATH: lua }, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  if (status !== 0) throw new Failure("bench/pick/pick.lua failed");
  return JSON.parse(stdout) as Row[];
}

async function measureInNginx(runs: number): Promise<readonly Row[]> {
  const port = await freePort();
  const files = { "pick/measure.lua": readFileSync(path.join(FOLDER, "measure.lua"), "utf8") };
  const nginx = await startNginx(port, { config: "", conf: conf(port, runs), files });
  try {
    return JSON.parse(await get(port)) as Row[];
  } finally {
    await nginx.stop();
  }
}

/** Not `fetch`, which waits for five minutes at most. */
function get(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Failure(`nginx answered ${response.statusCode}`));
      });
    });
    request.on("error", reject);
  });
}

function conf(port: number, runs: number): string {
  return `
include modules.con[f];
worker_processes 1;
pid logs/nginx.pid;
error_log logs/error.log;
events {}
http {
    access_log off;
    client_body_temp_path client_body_temp;
    proxy_temp_path proxy_temp;
    fastcgi_temp_path fastcgi_temp;
    uwsgi_temp_path uwsgi_temp;
    scgi_temp_path scgi_temp;
    lua_shared_dict switchboard 64m;
    lua_package_path "$prefix/pick/?.lua;$prefix/lua/?.lua;;";
    server {
        listen 127.0.0.1:${port};
        location / {
            content_by_lua_block {
                local dict = ngx.shared.switchboard
                local store = {}
                function store:add(key, delta) return (dict:incr(key, delta, 0)) end
                function store:read(key) return dict:get(key) or 0 end
                ngx.print(require("measure")(store, ${runs}))
            }
        }
    }
}
`;
}

const NAME_WIDTH = 14;
const COUNT_WIDTH = 8;
const TIME_WIDTH = 18;

function print(store: string, rows: readonly Row[]): void {
  console.log(`\ncounts in a ${store}`);
  const head = [
    "pick, ns",
    "cold cache, ns",
    "bytes",
    "first update",
    "update, ms",
    "first settle, ms",
    "its longest, ms",
  ];
  const columns = head.map((text) => text.padStart(TIME_WIDTH)).join("");
  console.log(
    `${"balancer".padEnd(NAME_WIDTH)}${"peers".padStart(COUNT_WIDTH)}${"down".padStart(COUNT_WIDTH)}${columns}`,
  );
  for (const row of rows) {
    const cells = [
      `${row.warm_ns.toFixed(0)} (${row.warm_p99_ns.toFixed(0)})`,
      `${row.cold_ns.toFixed(0)} (${row.cold_p99_ns.toFixed(0)})`,
      row.bytes_per_pick.toFixed(1),
      ...[row.first_update_ms, row.update_ms, row.first_settle_ms, row.first_longest_ms].map((ms) =>
        ms.toFixed(2),
      ),
    ];
    const counts = [row.peers, row.down].map((count) => count.toFixed(0).padStart(COUNT_WIDTH)).join("");
    console.log(
      row.balancer.padEnd(NAME_WIDTH) + counts + cells.map((cell) => cell.padStart(TIME_WIDTH)).join(""),
    );
  }
}
