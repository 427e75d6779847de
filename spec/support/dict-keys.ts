import type { Gateway } from "./gateway";

/** For `serverExtra`: lets `dictKeys` look into the shared dict. */
export const SHOW_KEYS = `location = /keys {
  content_by_lua_block { ngx.print(table.concat(ngx.shared.switchboard:get_keys(0), "\\n")) }
}`;

/** The keys of the shared dict, but that of the leader's lease, which comes and goes. */
export async function dictKeys(gateway: Gateway): Promise<string[]> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}/keys`, {
    headers: { connection: "close" },
  });
  const keys = (await response.text()).split("\n");
  return keys.filter((key) => key !== "" && !key.endsWith(":leader")).sort();
}

/** The published generation, whatever the worker that is asked for its status has come to. */
export async function publishedGeneration(gateway: Gateway): Promise<number> {
  const manifest = (await dictKeys(gateway)).find((key) => key.includes(":manifest:"));
  return Number(manifest!.split(":").at(-1));
}
