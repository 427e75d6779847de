import type { Gateway } from "./gateway";
import { waitFor } from "./wait-for";

/** For `serverExtra`: lets `luaMemory` ask a worker. */
export const LUA_MEMORY = `location = /lua-memory {
  content_by_lua_block {
    collectgarbage() collectgarbage()
    ngx.print(ngx.worker.pid(), " ", math.floor(collectgarbage("count")))
  }
}`;

/** What Lua holds in each of the workers that accept connections, after a full collection, in KB. */
export async function luaMemory(gateway: Gateway, workers: number): Promise<number[]> {
  const byWorker = new Map<number, number>();
  await waitFor(
    async () => {
      const response = await fetch(`http://127.0.0.1:${gateway.port}/lua-memory`, {
        headers: { connection: "close" },
      });
      const [pid, kilobytes] = (await response.text()).split(" ").map(Number);
      if (gateway.workerPids().includes(pid!)) byWorker.set(pid!, kilobytes!);
      return byWorker.size === workers;
    },
    { timeoutMs: 10_000, what: "every worker to tell its memory" },
  );
  return [...byWorker.values()];
}
