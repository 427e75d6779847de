import { readFileSync } from "node:fs";
import { waitFor } from "./wait-for";

/** Stops the process while the work goes on, from before it begins; it answers nothing then, and takes no connection. */
export async function whileStopped<T>(pid: number, work: () => Promise<T>): Promise<T> {
  process.kill(pid, "SIGSTOP");
  try {
    // The signal takes a moment, in which the process may still take a connection.
    await waitFor(() => isStopped(pid), { what: `process ${pid} to stop` });
    return await work();
  } finally {
    process.kill(pid, "SIGCONT");
  }
}

function isStopped(pid: number): boolean {
  return readFileSync(`/proc/${pid}/stat`, "utf8").includes(") T ");
}
