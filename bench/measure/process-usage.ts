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
