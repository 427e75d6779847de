import { requireFreePort } from "../../src/cli/nginx/ports";

/**
 * Below the range that Linux gives to outgoing connections, so that none of those takes the port first, and in a part
 * of its own for each of Jest's workers.
 */
const FIRST = 10_000;
const PER_WORKER = 4_000;
const WORKERS = 5;

const base = FIRST + (Number(process.env["JEST_WORKER_ID"] ?? 1) % WORKERS) * PER_WORKER;
let offset = Math.floor(Math.random() * PER_WORKER);

/** A port that nobody listens on; no two calls of one spec file return the same. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PER_WORKER; tries += 1) {
    offset = (offset + 1) % PER_WORKER;
    // Another call may go on counting meanwhile.
    const port = base + offset;
    if (await isFree(port)) return port;
  }
  throw new Error("no free port");
}

async function isFree(port: number): Promise<boolean> {
  try {
    await requireFreePort(port, "spec");
    return true;
  } catch {
    return false;
  }
}
