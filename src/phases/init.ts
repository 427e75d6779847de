import type { BalancerFactory } from "../core/balance/contract";
import { readGivenSettings } from "../ngx/given-settings";
import { beginCycle } from "../ngx/cycle";
import { findFactoryFault, guarded } from "../ngx/extension";
import { keepFreedMemory } from "../ngx/freed-memory";
import { raiseJitLimits } from "../ngx/jit-limits";
import { publishAtStart, reportReloadError } from "../ngx/startup";
import { completeSettings, registry, useSettings, type InitOptions } from "../ngx/settings";
import { log, sharedDict } from "../ngx/world";

/**
 * `init_by_lua`, in the master, at start and at every reload. An error raised here stops a start, and makes nginx keep
 * its old workers at a reload; so the snapshot is published last, when nothing can fail any more.
 */
export function init(options: InitOptions = {}): void {
  raiseJitLimits();
  keepFreedMemory();
  const dict = sharedDict();
  const [given, givenErr] = readGivenSettings(options);
  if (given === undefined) {
    reportReloadError(dict, givenErr);
    error(`switchboard: ${givenErr}`, 0);
  }
  const settings = completeSettings(options, given);
  const err = publishAtStart(dict, settings, log);
  if (err !== undefined) {
    reportReloadError(dict, err);
    error(`switchboard: ${err}`, 0);
  }
  beginCycle(dict);
  useSettings(settings);
}

/** Makes a balancer of your own known to the config: `{"balancer": {"type": NAME}}`. Call it before `init`. */
export function registerBalancer(factory: BalancerFactory): void {
  const refusal = findFactoryFault(factory) ?? registry.register(guarded(factory));
  if (refusal !== undefined) error(`switchboard: register_balancer: ${refusal}`, 2);
}
