import { readFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import type { ActiveHealthConfig, TlsConfig } from "../../src/core/config/snapshot";
import type { ProbeOutcome } from "../../src/core/health/record";
import { ACTIVE } from "../core/support/health-config";
import { LuaNginx } from "./lua-nginx";

/** What one probe has come to. */
export interface Probed {
  readonly outcome?: ProbeOutcome;
  readonly trouble?: string;
  readonly elapsedS: number;
}

export interface ProbeOptions extends Partial<ActiveHealthConfig> {
  readonly tls?: TlsConfig;
  readonly hostHeader?: string;
  /** As an upstream has it that resolves a name: the address of the config. */
  readonly name?: string;
}

const PATIENT: ActiveHealthConfig = { ...ACTIVE, timeoutMs: 10_000 };

/** A timer as the prober has it: one that a worker began, with no request about it. */
const INIT_WORKER = `
jobs = {}
ngx.timer.every(0.01, function()
  while #jobs > 0 do
    ngx.thread.spawn(function(job)
      ngx.update_time()
      local start = ngx.now()
      job.outcome, job.trouble = require("resty.switchboard.ngx.health.probe").probe(job.task)
      ngx.update_time()
      job.elapsedS = ngx.now() - start
      job.isDone = true
    end, table.remove(jobs, 1))
  end
end)`;

const PROBE = `
local json = require "cjson.safe"
local args = ngx.req.get_uri_args()
local tasks = require "resty.switchboard.core.health.probe-task"
local job = { task = tasks.probeTask(json.decode(args.upstream), json.decode(args.peer)) }
table.insert(jobs, job)
while not job.isDone do ngx.sleep(0.005) end
ngx.print(json.encode { outcome = job.outcome, trouble = job.trouble, elapsedS = job.elapsedS })`;

const SNIPPET = "switchboard/probe-tls.conf";

/** nginx that makes single probes. */
export class ProbeNginx {
  private constructor(private readonly nginx: LuaNginx) {}

  /** @param caFile in place of the one of the shipped snippet; absent: without the snippet */
  static async start(caFile?: string, allowedErrors: readonly RegExp[] = []): Promise<ProbeNginx> {
    const shipped = readFileSync(path.join(PACKAGE_ROOT, "nginx", SNIPPET), "utf8");
    const changed = shipped.replace("/etc/ssl/certs/ca-certificates.crt", caFile ?? "");
    if (changed === shipped) throw new Error(`no CA file in ${SNIPPET}`);
    return new ProbeNginx(
      await LuaNginx.start(
        {
          init: 'require "resty.switchboard.ngx.health.probe"',
          initWorker: INIT_WORKER,
          http: caFile === undefined ? "" : `include ${SNIPPET};`,
          locations: { "/probe": PROBE },
        },
        { [`conf/${SNIPPET}`]: changed },
        allowedErrors,
      ),
    );
  }

  errorLog(): string {
    return this.nginx.errorLog();
  }

  async probe(address: string, options: ProbeOptions = {}): Promise<Probed> {
    const { tls, hostHeader = "$http_host", name, ...active } = options;
    const colon = address.lastIndexOf(":");
    const isUnix = address.startsWith("unix:");
    const peer = {
      id: "a",
      key: name === undefined ? "a" : "a#ip",
      host: isUnix ? address : address.slice(0, colon),
      port: isUnix ? 0 : Number(address.slice(colon + 1)),
      address,
    };
    const upstream = {
      name: "chat",
      peers: [{ id: "a", address: name ?? address }],
      tls,
      hostHeader,
      health: { active: { ...PATIENT, ...active } },
    };
    return this.nginx.call("/probe", { upstream: JSON.stringify(upstream), peer: JSON.stringify(peer) });
  }
}
