import type { BalancerFactory } from "../../../src/core/balance/contract";
import { BalancerRegistry } from "../../../src/core/balance/registry";
import type { Options } from "../support/balancer-bench";

/** A balancer as a config may have it. */
export interface Variant {
  readonly title: string;
  readonly factory: BalancerFactory;
  readonly options: Options;
  /** The same with tables as small as they may be, for specs that change the peers all the time. */
  readonly smallOptions: Options;
}

/** Beside each balancer without options. */
const FURTHER: readonly (readonly [string, Options, string])[] = [
  ["round_robin", { start: 0 }, "round_robin start=0"],
  ["hash", { table: "ring" }, "hash table=ring"],
  ["hash", { balance_factor: 2 }, "hash balance_factor=2"],
  ["peak_ewma", { tau: "500ms" }, "peak_ewma tau=500ms"],
];

/** By title. */
const SMALL: Readonly<Record<string, Options>> = {
  hash: { table_size: 251 },
  "hash table=ring": { table: "ring", points: 4 },
  "hash balance_factor=2": { table_size: 251, balance_factor: 2 },
};

/** Every registered balancer, and those of `FURTHER` whose balancer is registered. */
export function everyVariant(): readonly Variant[] {
  const registry = new BalancerRegistry();
  const variants: Variant[] = [];
  for (const name of registry.names()) {
    const factory = registry.find(name)!;
    variants.push(variantOf(name, factory, {}));
    for (const [of, options, title] of FURTHER)
      if (of === name) variants.push(variantOf(title, factory, options));
  }
  return variants;
}

function variantOf(title: string, factory: BalancerFactory, options: Options): Variant {
  return { title, factory, options, smallOptions: SMALL[title] ?? options };
}
