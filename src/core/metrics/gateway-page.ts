import { joined, label, type Exposition } from "./exposition";
import type { DictGauges, GatewayGauges, WorkerGauges } from "./world";

/** What there is once, or once for each process or dict. */
export function writeGateway(out: Exposition, gauges: GatewayGauges): void {
  out.begin("switchboard_build_info", "gauge", "Always 1; the version is in the label.");
  out.sample(label("version", gauges.version), 1);
  out.begin("switchboard_config_generation", "gauge", "Generation of the config in use.");
  out.sample("", gauges.generation);
  out.begin("switchboard_config_error", "gauge", "1 while the config file that is there is not in use.");
  out.sample("", gauges.hasConfigError ? 1 : 0);
  out.begin("switchboard_reload_error", "gauge", "1 while the last reload of nginx was refused.");
  out.sample("", gauges.hasReloadError ? 1 : 0);
  out.begin("switchboard_leader", "gauge", "1 while one of the processes leads.");
  out.sample("", gauges.hasLeader ? 1 : 0);
  writeWorkers(out, gauges.workers);
  writeDicts(out, gauges.dicts);
  out.begin(
    "switchboard_uncounted_sessions_total",
    "counter",
    "Sessions the shared dict had no room to count.",
  );
  out.sample("", gauges.uncounted);
  out.begin(
    "switchboard_metrics_refusals_total",
    "counter",
    "Times the shared dict had no room for a counter; it waits in its worker.",
  );
  out.sample("", gauges.refusals);
}

function writeWorkers(out: Exposition, workers: readonly WorkerGauges[]): void {
  const cycles = new LuaSet<number>();
  let generations = 0;
  for (const { cycle } of workers) {
    if (!cycles.has(cycle)) generations += 1;
    cycles.add(cycle);
  }
  out.begin(
    "switchboard_worker_generations",
    "gauge",
    "Generations of worker processes: more than 1 while sessions are open since before a reload of nginx.",
  );
  out.sample("", generations);
  out.begin(
    "switchboard_worker_sessions",
    "gauge",
    "Requests that a worker process has, open WebSockets among them.",
  );
  for (const { pid, cycle, sessions } of workers) {
    out.sample(joined(label("worker", `${pid}`), label("worker_generation", `${cycle}`)), sessions);
  }
}

function writeDicts(out: Exposition, dicts: readonly DictGauges[]): void {
  out.begin("switchboard_shared_dict_capacity_bytes", "gauge", "Size of a shared dict.");
  for (const { name, capacityBytes } of dicts) out.sample(label("dict", name), capacityBytes);
  out.begin("switchboard_shared_dict_free_bytes", "gauge", "Free pages of a shared dict, in bytes.");
  for (const { name, freeBytes } of dicts) out.sample(label("dict", name), freeBytes);
}
