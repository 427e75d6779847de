import type { Gateway } from "./gateway";
import { waitFor } from "./wait-for";

/** For `serverExtra`: lets the functions below look into the shared dict. */
export const SHOW_KEYS = `location = /keys {
  content_by_lua_block { ngx.print(table.concat(ngx.shared.switchboard:get_keys(0), "\\n")) }
}
location = /removed {
  content_by_lua_block {
    local dict, removed = ngx.shared.switchboard, 0
    for _, key in ipairs(dict:get_keys(0)) do
      local head = key:find("^%d+:upstream:") and dict:get(key)
      if head and head:find('"removed":', 1, true) then removed = removed + 1 end
    end
    ngx.print(removed)
  }
}`;

/** The keys of the shared dict, but that of the leader's lease, which comes and goes. */
export async function dictKeys(gateway: Gateway): Promise<string[]> {
  const keys = (await read(gateway, "/keys")).split("\n");
  return keys.filter((key) => key !== "" && !key.endsWith(":leader")).sort();
}

/** The published generation, whatever the worker that is asked for its status has come to. */
export async function publishedGeneration(gateway: Gateway): Promise<number> {
  const manifest = (await dictKeys(gateway)).find((key) => key.includes(":manifest:"));
  return Number(manifest!.split(":").at(-1));
}

/**
 * Waits until no upstream has removed peers. Those whose last session has ended are dropped within a second or so, which is a
 * generation of its own: a spec that counts generations begins after that.
 */
export async function whenNoPeerIsRemoved(gateway: Gateway): Promise<void> {
  await waitFor(async () => (await read(gateway, "/removed")) === "0", { what: "no removed peer" });
}

async function read(gateway: Gateway, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}${path}`, {
    headers: { connection: "close" },
  });
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
  return response.text();
}
