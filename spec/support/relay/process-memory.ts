import { readFileSync, writeFileSync } from "node:fs";

const KB = 1024;

/** The most that a process has had in memory since `forgetPeak`, in bytes. */
export function peakBytes(pid: number): number {
  return bytesOf(pid, "VmHWM");
}

/** @returns what it has in memory now, in bytes */
export function forgetPeak(pid: number): number {
  // proc(5): resets the peak of the resident set.
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  return bytesOf(pid, "VmRSS");
}

function bytesOf(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)![1]) * KB;
}
