import { readFileSync } from "node:fs";

const ESTABLISHED = "01";

/** Open connections by the local port they end at, of 127.0.0.1, as the kernel lists them. */
export function connectionsByPort(): Map<number, number> {
  const open = new Map<number, number>();
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1)) {
    const [, local, , state] = line.trim().split(/\s+/);
    if (state === ESTABLISHED) {
      const port = Number.parseInt(local!.split(":")[1]!, 16);
      open.set(port, (open.get(port) ?? 0) + 1);
    }
  }
  return open;
}
