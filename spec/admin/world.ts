import type { AdminWorld } from "../../src/admin/handler";
import type { Pool } from "../../src/core/pool/pool";

/** JSON with the keys in order, from either runtime; an empty list comes out as `{}`, as from Lua's codec. */
export function encode(this: void, value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value !== "object") return `${value as number | boolean}`;
  const record = value as Record<string, unknown>;
  const fields = Object.keys(record)
    .sort()
    .map((key) => `"${key}":${encode(record[key])}`);
  return `{${fields.join(",")}}`;
}

/** A gateway of the given pools, each at generation 7. */
export function aWorld(pools: readonly Pool[]): AdminWorld {
  return {
    encode: (value) => encode(value),
    status: () => ({
      version: "1.2.3",
      generation: 9,
      workers: 4,
      configError: "conf/switchboard.json: not JSON",
      lastReloadError: "",
      uncounted: 2,
    }),
    upstreams: () => pools,
    upstream: (name) => pools.find((pool) => pool.config.name === name),
    generationOf: () => 7,
  };
}
