import type { Balancer, BalancerFactory } from "../core/balance/contract";
import type { Peer } from "../core/pool/peer";
import { clock, rng } from "./world";

/**
 * A balancer that somebody else wrote, most likely without a compiler that knows the contract. What is wrong with its factory is
 * said when it is registered, what is wrong with what it creates when a config that names it is validated; and nothing but a
 * peer of its upstream leaves its `pick`.
 */
type Foreign = Readonly<Record<string, unknown>>;

const NEEDS: readonly unknown[] = ["key", "load", "latency"];
const OPTIONAL_METHODS = ["settle", "peek", "refresh", "observe"];

/** @returns what is wrong with it, if so */
export function findFactoryFault(factory: unknown): string | undefined {
  if (type(factory) !== "table")
    return `takes a table with "name", "needs", "validate" and "create", found ${type(factory)}`;
  const { name, needs, validate, create } = factory as Foreign;
  if (typeof name !== "string" || name === "") return `"name" must be a string, found ${shown(name)}`;
  if (type(needs) !== "table") return `${of(name)}: "needs" must be a list, {} for nothing`;
  for (const need of needs as readonly unknown[]) {
    if (!NEEDS.includes(need))
      return `${of(name)}: "needs" may have "key", "load" and "latency", found ${shown(need)}`;
  }
  if (type(validate) !== "function")
    return `${of(name)}: "validate" must be a function, found ${shown(validate)}`;
  if (type(create) !== "function") return `${of(name)}: "create" must be a function, found ${shown(create)}`;
  return undefined;
}

/** The same factory, on guard. */
export function guarded(factory: BalancerFactory): BalancerFactory {
  const { name, needs } = factory;
  return {
    name,
    needs,
    validate: (options) => validate(factory, options),
    create: (deps, options) => guard(factory.create(deps, options), name),
  };
}

function validate(factory: BalancerFactory, options: Foreign): string | undefined {
  const [isSound, reason] = pcall(() => factory.validate(options));
  if (!isSound) return `"validate" of ${of(factory.name)} failed: ${tostring(reason)}`;
  if (reason !== undefined) {
    const isText = typeof reason === "string";
    return isText ? reason : `"validate" of ${of(factory.name)} returned ${shown(reason)}, and no reason`;
  }
  const [isCreated, balancer] = pcall(() => factory.create({ rng, clock }, options) as unknown);
  if (!isCreated) return `"create" of ${of(factory.name)} failed: ${tostring(balancer)}`;
  return findBalancerFault(balancer, factory.name);
}

function findBalancerFault(balancer: unknown, name: string): string | undefined {
  const what = `what "create" of ${of(name)} returned`;
  if (type(balancer) !== "table") return `${what} is no table: ${shown(balancer)}`;
  const methods = balancer as Foreign;
  for (const method of ["update", "pick"])
    if (type(methods[method]) !== "function") return `${what} has no function "${method}"`;
  for (const method of OPTIONAL_METHODS) {
    const value = methods[method];
    if (value !== undefined && type(value) !== "function")
      return `${what} has a "${method}" that is no function: ${shown(value)}`;
  }
  return undefined;
}

function guard(balancer: Balancer, name: string): Balancer {
  let known = new LuaSet<Peer>();
  const checked = (peer: Peer | undefined, method: string): Peer | undefined => {
    if (peer !== undefined && !known.has(peer))
      error(`"${method}" of ${of(name)} returned what is no peer of its upstream: ${shown(peer)}`, 0);
    return peer;
  };
  const guarding: { -readonly [K in keyof Balancer]: Balancer[K] } = {
    update(peers) {
      const all = new LuaSet<Peer>();
      for (const peer of peers) all.add(peer);
      known = all;
      balancer.update(peers);
    },
    pick: (input) => checked(balancer.pick(input), "pick"),
  };
  // What is absent stays so: the pool looks for it.
  if (balancer.settle !== undefined) guarding.settle = (pause) => balancer.settle!(pause);
  if (balancer.peek !== undefined) guarding.peek = (input) => checked(balancer.peek!(input), "peek");
  if (balancer.refresh !== undefined) guarding.refresh = (peer) => balancer.refresh!(peer);
  if (balancer.observe !== undefined) guarding.observe = (peer, sample) => balancer.observe!(peer, sample);
  return guarding;
}

function of(name: string): string {
  return `balancer "${name}"`;
}

function shown(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : type(value) === "table" ? "a table" : tostring(value);
}
