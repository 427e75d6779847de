import { Audit, type AuditedCounters, type Counts } from "../core/pool/audit";
import { routeName, upstreamName } from "../core/metrics/names";
import type { Log } from "../core/ports";
import type { Pause } from "./chore";
import { events } from "./events";
import type { Follower } from "./follower";
import { COUNTED_KEY, countedName, sharePrefix, totalKey } from "./keys";
import { removeListing, sessionsDict } from "./listing-store";
import { removeMetrics } from "./metrics-store";
import { areProcessesRecognisable, pidOf } from "./process";
import type { EnteredProcess, Processes } from "./processes";

/** The shares of the processes that exist, and the totals. */
class LivingCounters implements AuditedCounters {
  /** By process, what its keys begin with. */
  prefixes: readonly string[] = [];

  constructor(private readonly dict: NgxSharedDict) {}

  read(peer: string): Counts {
    let sum = 0;
    let holders = 0;
    for (const prefix of this.prefixes) {
      const [share] = this.dict.get(prefix + peer);
      if (typeof share === "number") {
        sum += share;
        holders += 1;
      }
    }
    const [total] = this.dict.get(totalKey(peer));
    return { total: typeof total === "number" ? total : 0, sum, holders };
  }

  correct(peer: string, delta: number): void {
    this.dict.incr(totalKey(peer), delta);
  }

  /** The total last: it is what leads to the others. */
  remove(peer: string): void {
    removeMetrics(this.dict, peer);
    this.dict.delete(totalKey(peer));
  }
}

/** Between two rounds: so many times as long as a round took, within these bounds. */
const REST_FACTOR = 20;
const MIN_REST_S = 1;
const MAX_REST_S = 10;

/**
 * The leader's care for the counts: removes the shares of processes that are gone, corrects the totals, and removes those
 * of peers that are gone. The work is done in rounds over all peers that have a total.
 */
export class Sweeper {
  private readonly counters: LivingCounters;
  private readonly audit: Audit;
  private restS = 0;
  private isRefusalTold = false;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly processes: Processes,
    private readonly follower: Follower,
    private readonly log: Log,
  ) {
    this.counters = new LivingCounters(dict);
    this.audit = new Audit(this.counters);
  }

  /**
   * Looks which processes exist, and goes a round if one is gone, if the last round left a doubt, or after a rest.
   * @param elapsedS since the last call
   */
  step(elapsedS: number, pause: Pause): void {
    if (!areProcessesRecognisable()) {
      this.refuse();
      return;
    }
    const [living, gone] = this.processes.sort(pause);
    this.restS -= elapsedS;
    if (gone.length === 0 && !this.audit.hasDoubts && this.restS > 0) return;
    const startedAt = ngx.now();
    this.round(living, gone, pause);
    ngx.update_time();
    const rest = (ngx.now() - startedAt) * REST_FACTOR;
    this.restS = math.min(math.max(rest, MIN_REST_S), MAX_REST_S);
  }

  private round(living: readonly EnteredProcess[], gone: readonly EnteredProcess[], pause: Pause): void {
    const configured = this.configuredOwners(pause);
    const gonePrefixes = gone.map(({ id }) => sharePrefix(id));
    this.counters.prefixes = living.map(({ id }) => sharePrefix(id));
    this.audit.beginRound();
    const listed = new LuaSet<string>();
    const [length] = this.dict.llen(COUNTED_KEY);
    for (const _ of $range(1, length ?? 0)) {
      const name = this.nextListed(listed);
      if (name !== undefined) {
        this.removeShares(name, gonePrefixes);
        this.audit.inspect(name, configured.has(name));
      }
      pause();
    }
    for (const name of configured) {
      if (!listed.has(name)) this.inspectUnlisted(name, gonePrefixes);
      pause();
    }
    for (const entered of gone) {
      removeListing(this.dict, sessionsDict(), entered.slot, pause);
      this.processes.remove(entered);
    }
    for (const { id } of gone) {
      this.log.write("notice", `the sessions of process ${id}, which is gone, count no more`);
      events.tell("worker", { change: "gone", pid: pidOf(id) });
    }
  }

  /** Names of what is counted: peers, and routes and upstreams for their metrics. */
  private configuredOwners(pause: Pause): LuaSet<string> {
    const configured = new LuaSet<string>();
    this.follower.eachPeer((peer) => {
      const name = countedName(peer.totalKey);
      if (name !== undefined) configured.add(name);
    }, pause);
    configured.add(routeName(""));
    this.follower.eachRoute(({ config }) => configured.add(routeName(config.id)));
    pause();
    this.follower.eachUpstream((name) => configured.add(upstreamName(name)));
    return configured;
  }

  /**
   * The next name of the list, which moves on to the end of it; `undefined` for one that leaves the list, because its total
   * is gone or it is there twice. A total is made before its entry, so an entry without a total is never a new one.
   */
  private nextListed(listed: LuaSet<string>): string | undefined {
    const [name] = this.dict.lpop(COUNTED_KEY);
    if (typeof name !== "string" || listed.has(name) || !this.hasTotal(name)) return undefined;
    this.enlist(name);
    listed.add(name);
    return name;
  }

  /** A process that ended at the wrong moment may have left a total without an entry in the list, or a share without a total. */
  private inspectUnlisted(name: string, gonePrefixes: readonly string[]): void {
    this.removeShares(name, gonePrefixes);
    if (this.hasTotal(name)) this.enlist(name);
  }

  private removeShares(name: string, prefixes: readonly string[]): void {
    for (const prefix of prefixes) this.dict.delete(prefix + name);
  }

  private hasTotal(name: string): boolean {
    const [total] = this.dict.get(totalKey(name));
    return total !== undefined;
  }

  private enlist(name: string): void {
    const [length, err] = this.dict.rpush(COUNTED_KEY, name);
    if (typeof length !== "number")
      this.log.write("error", `the count of ${name} is not looked after: ${err}`);
  }

  private refuse(): void {
    if (this.isRefusalTold) return;
    this.isRefusalTold = true;
    this.log.write("warn", "without /proc the counts of a worker that is killed stay until a restart");
  }
}
