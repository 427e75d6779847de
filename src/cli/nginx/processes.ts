import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface ProcessInfo {
  readonly pid: number;
  /** Its command line, which nginx overwrites with a description. */
  readonly title: string;
}

/** The living children of a process; one that only waits to be reaped has no sockets and no memory and is not counted. */
export function childrenOf(parent: number): ProcessInfo[] {
  return allPids()
    .filter((pid) => {
      const status = readStatus(pid);
      return status?.parent === parent && status.isAlive;
    })
    .map((pid) => ({ pid, title: readTitle(pid) }));
}

/** The living processes whose working directory is this one. */
export function processesIn(directory: string): number[] {
  return allPids().filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === directory;
    } catch {
      return false;
    }
  });
}

function allPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
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

function readTitle(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}
