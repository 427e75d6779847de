import { readdirSync, readFileSync } from "node:fs";

/** The CPU time of all threads of a process so far, in nanoseconds, as the scheduler counts it: user and system. */
export function cpuNs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads
    .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8"))
    .reduce((sum, text) => sum + Number(text.split(" ")[0]), 0);
}

/** What a process occupies, in bytes; of pages that it shares, its proportional part. */
export function pssBytes(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
  if (kilobytes === undefined) throw new Error(`the kernel does not tell the PSS of process ${pid}`);
  return Number(kilobytes) * 1024;
}

/** How often a process has waited and was woken again so far: for nginx, once for each turn of its event loop that had to wait. */
export function wakeUps(pid: number): number {
  const count = /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (count === undefined) throw new Error(`the kernel does not tell the context switches of process ${pid}`);
  return Number(count);
}
