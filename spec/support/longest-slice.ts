import type { Gateway } from "./gateway";
import { allWorkers } from "./worker-probe";

/**
 * For `serverExtra`: while a request to it lasts, it looks every millisecond how much processor time its worker has used
 * since the last look. That is what a handshake would have had to wait, however busy the machine is with others.
 */
export const SLICE_PROBE = `location = /longest-slice {
  content_by_lua_block {
    local ends = ngx.now() + tonumber(ngx.var.arg_seconds)
    local longest, last = 0, os.clock()
    repeat
      ngx.sleep(0.001)
      local now = os.clock()
      longest = math.max(longest, now - last)
      last = now
    until ngx.now() > ends
    ngx.print(ngx.worker.pid(), " ", longest * 1000)
  }
}
location = /pid { content_by_lua_block { ngx.print(ngx.worker.pid()) } }`;

async function ask(gateway: Gateway, target: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}${target}`, {
    headers: { connection: "close" },
  });
  return response.text();
}

/** By worker, the longest time in milliseconds that it did nothing else, from now on for a while. Some may be missed. */
export async function longestSlices(gateway: Gateway, seconds: number): Promise<ReadonlyMap<number, number>> {
  const workers = await allWorkers(gateway);
  const longest = new Map<number, number>();
  const probes = workers.length === 1 ? 1 : workers.length * 8;
  await Promise.all(
    Array.from({ length: probes }, async () => {
      const [pid, ms] = (await ask(gateway, `/longest-slice?seconds=${seconds}`)).split(" ").map(Number);
      longest.set(pid!, Math.max(longest.get(pid!) ?? 0, ms!));
    }),
  );
  return longest;
}
