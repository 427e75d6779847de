import type { BalancerFactory } from "../../../src/core/balance/contract";
import { BalancerRegistry } from "../../../src/core/balance/registry";
import type { Options } from "../support/balancer-bench";

/** A balancer as a config may have it. */
export interface Variant {
  readonly title: string;
  readonly factory: BalancerFactory;
  readonly options: Options;
}

/** Beside each balancer without options. */
const FURTHER: readonly (readonly [string, Options, string])[] = [
  ["round_robin", { start: 0 }, "round_robin start=0"],
  ["hash", { table: "ring" }, "hash table=ring"],
  ["hash", { balance_factor: 2 }, "hash balance_factor=2"],
  ["peak_ewma", { tau: "500ms" }, "peak_ewma tau=500ms"],
];

/** Every registered balancer, and those of `FURTHER` whose balancer is registered. */
export function everyVariant(): readonly Variant[] {
  const registry = new BalancerRegistry();
  const variants: Variant[] = [];
  for (const name of registry.names()) {
    const factory = registry.find(name)!;
    variants.push({ title: name, factory, options: {} });
    for (const [of, options, title] of FURTHER) if (of === name) variants.push({ title, factory, options });
  }
  return variants;
}
