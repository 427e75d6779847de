import type { ResolverConfig } from "../core/config/snapshot";
import type { Fallible } from "../core/fallible";
import type { Clock, Log, Rng } from "../core/ports";
import type { Answer } from "../core/resolve/answer";
import type { Nameserver } from "../core/resolve/nameservers";
import type { HostsTable } from "../core/resolve/hosts-file";
import { parseHosts } from "../core/resolve/hosts-file";
import {
  DEFAULT_ATTEMPTS,
  DEFAULT_TIMEOUT_MS,
  Nameservers,
  parseNameserver,
} from "../core/resolve/nameservers";
import { parseResolvConf } from "../core/resolve/resolv-conf";
import { Schedule } from "../core/resolve/schedule";
import { missingLibrary, resolveName } from "./dns";
import { guarded } from "./guarded";
import { ParsedFile } from "./parsed-file";

/** Names asked for over the network at a time. Each takes a timer and up to two sockets. */
const MAX_IN_FLIGHT = 32;
/** An entry of the hosts file has no TTL: the file is looked at this often. */
const HOSTS_TTL_S = 5;
const SYSTEM_FILE_LIMIT_BYTES = 1024 * 1024;

export interface ResolverDeps {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly hostsPath?: string;
  readonly resolvConfPath?: string;
}

/**
 * Keeps the addresses of names. It belongs to the one process that resolves for all, whose loop calls `step`; the
 * network is waited for in timers of its own, one per name, so no call here takes long and no name waits for another.
 */
export class Resolver {
  private readonly schedule: Schedule;
  private readonly hosts: ParsedFile<HostsTable>;
  private readonly resolvConf: ParsedFile<Nameservers>;
  private configured: Nameservers | undefined;
  private configuredAddresses = "";
  private hostsErr: string | undefined;
  private inFlight = 0;
  private hasChanged = false;

  constructor(private readonly deps: ResolverDeps) {
    const { clock, rng, log } = deps;
    this.schedule = new Schedule(clock, rng, log);
    this.hosts = new ParsedFile(deps.hostsPath ?? "/etc/hosts", SYSTEM_FILE_LIMIT_BYTES, parseHosts, clock);
    this.resolvConf = new ParsedFile(
      deps.resolvConfPath ?? "/etc/resolv.conf",
      SYSTEM_FILE_LIMIT_BYTES,
      systemNameservers,
      clock,
    );
  }

  /** Where to ask, and what is to be kept resolved. Other servers than before are asked for every name at once. */
  configure(config: ResolverConfig, names: readonly string[]): void {
    const problem = names.length > 0 ? missingLibrary() : undefined;
    if (problem !== undefined) this.deps.log.write("error", `resolver: ${problem}`);
    this.schedule.setBounds(config);
    this.schedule.setNames(names);
    const addresses = config.addresses.join(" ");
    if (addresses === this.configuredAddresses) return;
    this.configuredAddresses = addresses;
    this.configured = configuredNameservers(config.addresses);
    this.schedule.refreshAll();
  }

  /**
   * Starts on what is due, as far as there is room. It does not yield.
   * @returns whether any set of addresses has changed since the last step
   */
  step(): boolean {
    this.startDue();
    const hasChanged = this.hasChanged;
    this.hasChanged = false;
    return hasChanged;
  }

  /** Sorted, unique, IPv6 without brackets; `undefined` as long as this process has no answer yet. */
  addresses(name: string): readonly string[] | undefined {
    return this.schedule.addresses(name);
  }

  /** Why the last attempt failed, in part or whole; `undefined` if it did not. */
  failure(name: string): string | undefined {
    return this.schedule.failure(name);
  }

  private startDue(): void {
    while (this.inFlight < MAX_IN_FLIGHT) {
      const name = this.schedule.take();
      if (name === undefined) return;
      if (!this.answerFromHosts(name)) this.startQuery(name);
    }
  }

  /** Where the hosts file cannot be read, and many containers have none, only DNS is left. */
  private answerFromHosts(name: string): boolean {
    const [hosts, err] = this.hosts.current();
    if (err !== this.hostsErr) {
      this.hostsErr = err;
      if (err !== undefined) this.deps.log.write("notice", `resolver: names are asked of DNS alone: ${err}`);
    }
    const addresses = hosts?.lookup(name);
    if (addresses === undefined) return false;
    this.settle(name, { addresses, ttlS: HOSTS_TTL_S });
    return true;
  }

  private startQuery(name: string): void {
    this.inFlight += 1;
    const [isStarted, err] = ngx.timer.at(0, (isExiting) => {
      if (!isExiting) this.runQuery(name);
    });
    if (isStarted === undefined) this.endQuery(name, `no timer: ${err}`);
  }

  /** In a timer of its own: what it opened is closed when that ends. */
  private runQuery(name: string): void {
    const [answer, err] = guarded("internal error", () => this.query(name));
    if (answer !== undefined) this.settle(name, answer);
    this.endQuery(name, err);
    this.startDue();
  }

  private query(name: string): Fallible<Answer> {
    const [nameservers, err] = this.nameservers();
    if (nameservers === undefined) return $multi(undefined, err);
    return resolveName(name, nameservers);
  }

  private nameservers(): Fallible<Nameservers> {
    if (this.configured !== undefined) return $multi(this.configured);
    const [system, err] = this.resolvConf.current();
    if (system === undefined) return $multi(undefined, err);
    return $multi(system);
  }

  private settle(name: string, answer: Answer): void {
    if (this.schedule.answered(name, answer)) this.hasChanged = true;
  }

  private endQuery(name: string, failure?: string): void {
    this.inFlight -= 1;
    if (failure !== undefined) this.schedule.failed(name, failure);
  }
}

function configuredNameservers(addresses: readonly string[]): Nameservers | undefined {
  if (addresses.length === 0) return undefined;
  const servers: Nameserver[] = [];
  for (const address of addresses) {
    const server = parseNameserver(address);
    if (server !== undefined) servers.push(server);
  }
  return new Nameservers(servers, { timeoutMs: DEFAULT_TIMEOUT_MS, attempts: DEFAULT_ATTEMPTS });
}

function systemNameservers(this: void, text: string): Nameservers {
  const { nameservers, timeoutMs, attempts } = parseResolvConf(text);
  return new Nameservers(nameservers, { timeoutMs, attempts });
}
