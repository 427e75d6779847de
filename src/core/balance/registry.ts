import type { BalancerFactory } from "./contract";
import { hash } from "./hash";
import { leastConn } from "./least-conn";
import { peakEwma } from "./peak-ewma";
import { randomTwo } from "./random-two";
import { roundRobin } from "./round-robin";

/** Every balancer that ships. The list is explicit: a new algorithm is a file beside this one and a line here. */
const BUILT_IN: readonly BalancerFactory[] = [roundRobin, leastConn, randomTwo, hash, peakEwma];

/** The balancers a config may name: those that ship, and those an extension registered before `init`. */
export class BalancerRegistry {
  private readonly factories: BalancerFactory[] = [];

  /** For a name that nobody registered, though a config validated elsewhere has it: sessions still go somewhere. */
  readonly fallback: BalancerFactory = roundRobin;

  constructor(factories: readonly BalancerFactory[] = BUILT_IN) {
    for (const factory of factories) this.factories.push(factory);
  }

  find(name: string): BalancerFactory | undefined {
    for (const factory of this.factories) if (factory.name === name) return factory;
    return undefined;
  }

  names(): readonly string[] {
    return this.factories.map((factory) => factory.name);
  }

  /** Says why it refused; `undefined` once the factory is registered. */
  register(factory: BalancerFactory): string | undefined {
    if (this.find(factory.name) !== undefined)
      return `a balancer called "${factory.name}" is registered already`;
    this.factories.push(factory);
    return undefined;
  }
}
