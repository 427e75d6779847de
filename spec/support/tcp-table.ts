import { readFileSync } from "node:fs";

const ESTABLISHED = "01";

/**
 * Open connections by the local port they end at, as the kernel lists them. While others come and go it may list one twice, or none
 * of it for once.
 */
export function connectionsByPort(): Map<number, number> {
  const open = new Map<number, number>();
  const seen = new Set<string>();
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1)) {
    const [, local, remote, state] = line.trim().split(/\s+/);
    const ends = `${local} ${remote}`;
    if (state === ESTABLISHED && !seen.has(ends)) {
      seen.add(ends);
      const port = Number.parseInt(local!.split(":")[1]!, 16);
      open.set(port, (open.get(port) ?? 0) + 1);
    }
  }
  return open;
}
