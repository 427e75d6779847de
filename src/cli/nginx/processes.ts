import { readdirSync, readFileSync } from "node:fs";

export interface ProcessInfo {
  readonly pid: number;
  /** Its command line, which nginx overwrites with a description. */
  readonly title: string;
}

/** The living children of a process; one that only waits to be reaped has no sockets and no memory and is not counted. */
export function childrenOf(parent: number): ProcessInfo[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const status = readStatus(Number(name));
      return status?.parent === parent && status.isAlive
        ? [{ pid: Number(name), title: readTitle(name) }]
        : [];
    });
}

export function isAlive(pid: number): boolean {
  return readStatus(pid)?.isAlive ?? false;
}

/** Sends a signal to a process that may have ended by itself. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function readStatus(pid: number): { parent: number; isAlive: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the program's name in parentheses and may hold anything, blanks and parentheses too.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(parent), isAlive: state !== "Z" && state !== "X" };
  } catch {
    return undefined;
  }
}

function readTitle(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}
