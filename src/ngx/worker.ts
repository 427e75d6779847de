import { Gateway } from "../core/gateway/gateway";
import { Ledger } from "../core/pool/ledger";
import { SessionTable } from "../core/session/session-table";
import { addressesIn } from "./addresses";
import { affinityDeps } from "./affinity";
import { inTimer, type Chore, type Pause } from "./chore";
import { ChoreRunner } from "./chore-runner";
import { Closing } from "./closing";
import { Commands } from "./commands";
import { endLateAttempt } from "./late-attempt";
import { ownCycle } from "./cycle";
import { DrainTeller } from "./drain-teller";
import { seedRandom, sessionPrefix } from "./entropy";
import { events } from "./events";
import { ExitClosing } from "./exit-closing";
import { Follower } from "./follower";
import { ADDRESS_GENERATION_KEY, peerKeys } from "./keys";
import { HealthFollowing } from "./health/following";
import { HealthKeeper } from "./health/keeper";
import { LastHealth, lastHealthPath } from "./health/last-health";
import { RecordStore } from "./health/record-store";
import { Reporting } from "./health/reports";
import { Leader } from "./leader";
import { Lease } from "./lease";
import { MetricsFlush } from "./metrics-flush";
import { Processes } from "./processes";
import { protect } from "./protect";
import { RelayTelling } from "./relay-telling";
import { Rebalancer } from "./rebalancer";
import { Resolver } from "./resolver";
import { SessionCloser } from "./session-closer";
import { SessionDirectory } from "./session-directory";
import { SessionList } from "./session-list";
import { SessionViewer } from "./session-viewer";
import type { Settings } from "./settings";
import { Sweeper } from "./sweeper";
import { clock, DictCounters, log, rng } from "./world";

const TICK_S = 0.05;
/** One is enough unless the config changes in the middle of it. */
const MAX_FIRST_READS = 16;
/** How often the leader looks after the counts. */
const TICKS_PER_SWEEP = 4;

/**
 * What runs in a worker beside its requests. A loop in a timer that never returns only looks whether there is something
 * to do, because its memory is freed when it ends; the work goes on in timers of its own. The loop outlives the exit of
 * the worker, when nginx starts no more timers, until the last session has ended, and then does the work itself.
 */
export class Worker {
  readonly gateway: Gateway;
  readonly follower: Follower;
  readonly sessionDirectory: SessionDirectory;
  readonly sessionCloser: SessionCloser;
  readonly sessionViewer: SessionViewer;
  readonly relayTelling: RelayTelling;
  readonly rebalancer: Rebalancer;
  private readonly lease: Lease;
  readonly processes: Processes;
  private readonly metricsFlush: MetricsFlush;
  private readonly sessionList: SessionList;
  private readonly following: Chore;
  private readonly leader: Leader;
  private readonly leading: Chore;
  private readonly healthKeeper: HealthKeeper;
  private readonly chores: readonly Chore[];
  private readonly runner = new ChoreRunner();
  private addressGeneration = 0;

  constructor(
    private readonly dict: NgxSharedDict,
    settings: Settings,
  ) {
    const sessions = new SessionTable(sessionPrefix());
    this.processes = new Processes(dict, log);
    const ledger = new Ledger(new DictCounters(dict, this.processes), log);
    const { registry, zone, stateFile } = settings;
    const healthRecords = new RecordStore(dict);
    const affinity = affinityDeps(dict, settings.affinitySecrets, log);
    this.gateway = new Gateway(sessions, {
      ledger,
      registry,
      rng,
      clock,
      keys: peerKeys(),
      zone,
      affinity,
      health: healthRecords,
    });
    this.follower = new Follower(dict, this.gateway, addressesIn(dict), log);
    this.lease = new Lease(dict, log);
    this.leader = new Leader(dict, settings, this.follower, new Resolver({ clock, rng, log }), log);
    this.metricsFlush = new MetricsFlush(dict, this.processes, this.gateway.metrics, this.follower, log);
    const sweeper = new Sweeper(dict, this.processes, this.follower, log);
    this.following = this.catchingUp();
    this.sessionList = new SessionList(dict, this.processes, sessions, log);
    this.sessionDirectory = new SessionDirectory(dict, this.processes);
    this.sessionCloser = new SessionCloser(new Commands(dict, this.processes), sessions, clock);
    this.sessionViewer = new SessionViewer(dict, this.processes, sessions);
    this.relayTelling = new RelayTelling(this.gateway.metrics);
    this.rebalancer = new Rebalancer(dict, this.processes, this.gateway, zone, clock);
    this.leading = this.leadingWith(this.leader);
    const version = (): number => this.follower.generation + this.addressGeneration;
    this.healthKeeper = new HealthKeeper({
      dict,
      gateway: this.gateway,
      lease: this.lease,
      store: healthRecords,
      lastHealth: new LastHealth(
        lastHealthPath(stateFile),
        (upstream) => this.gateway.pool(upstream)?.config.health.active?.initial === "last",
        clock,
        log,
      ),
      clock,
      rng,
      log,
      version,
      tell: events.tellHealth,
      tellOthers: events.tellOtherHealth,
    });
    this.chores = [
      this.following,
      this.leading,
      this.sweeping(sweeper),
      new HealthFollowing(dict, healthRecords, this.gateway, version),
      new Reporting(dict, this.gateway.attempts, log),
      this.healthKeeper,
      new Closing(this.gateway),
      new ExitClosing(sessions),
      new DrainTeller(dict, this.gateway, this.lease),
      this.metricsFlush,
      this.sessionList,
      this.sessionCloser,
      this.sessionViewer,
      this.relayTelling,
      this.rebalancer,
    ];
  }

  /** In init_worker: the first snapshot is there before the first request. */
  start(): void {
    seedRandom();
    this.addressGeneration = this.readAddressGeneration();
    // Whoever has changed the config waits for this process from now on.
    this.report();
    this.followAtOnce();
    this.report();
    inTimer(() => this.loop());
  }

  /** What it reads may be replaced meanwhile by a newer generation; it may not wait, and must not serve without routes. */
  private followAtOnce(): void {
    for (const _ of $range(1, MAX_FIRST_READS)) {
      this.follower.catchUp(() => undefined);
      if (!this.follower.isBehind()) return;
    }
  }

  private loop(): void {
    const { sessions } = this.gateway;
    const tick = (): void => this.tick();
    while (!ngx.worker.exiting() || sessions.size > 0) {
      protect("the worker's loop", tick);
      ngx.sleep(TICK_S);
    }
    this.giveUpLead();
    protect("leaving", () => this.leave());
  }

  /** Drops the counters of this worker; it follows the config once more, for those of peers that are gone meanwhile. */
  private leave(): void {
    while (this.runner.isRunning(this.following)) ngx.sleep(TICK_S);
    if (this.follower.isBehind()) this.follower.catchUp(() => undefined);
    this.sessionList.leave();
    this.relayTelling.leave();
    this.gateway.leave();
    this.metricsFlush.leave();
    this.processes.leave();
  }

  private tick(): void {
    const isExiting = ngx.worker.exiting();
    this.gateway.sessions.eachLate(clock.now(), endLateAttempt);
    if (isExiting) this.giveUpLead();
    this.report();
    for (const chore of this.chores) {
      if (isExiting && !chore.outlivesExit) continue;
      if (!this.runner.isRunning(chore) && chore.isDue()) {
        if (isExiting) this.runner.doNow(chore);
        else this.runner.begin(chore);
      }
    }
  }

  /** What it has begun as the leader ends first: a state file that is still open keeps the next leader from it. */
  private giveUpLead(): void {
    if (this.runner.isRunning(this.leading)) return;
    this.healthKeeper.resign();
    this.leader.resign();
    this.lease.giveUp();
  }

  private catchingUp(): Chore {
    return {
      name: "catching up",
      outlivesExit: true,
      isDue: () => this.follower.isBehind() || this.readAddressGeneration() !== this.addressGeneration,
      work: (pause) => this.catchUp(pause),
    };
  }

  private catchUp(pause: Pause): void {
    if (this.follower.isBehind()) {
      this.follower.catchUp(pause);
      this.report();
    }
    const addressGeneration = this.readAddressGeneration();
    if (addressGeneration !== this.addressGeneration) {
      this.follower.applyAddresses(pause);
      // Not before: whoever follows this number looks at the peers that are there by then.
      this.addressGeneration = addressGeneration;
    }
  }

  private leadingWith(leader: Leader): Chore {
    let wasLeading = false;
    return {
      name: "leading",
      outlivesExit: false,
      isDue: () => {
        const isLeading = this.lease.hold();
        if (!isLeading) {
          wasLeading = false;
          leader.resign();
        }
        return isLeading;
      },
      work: (pause) => {
        if (!wasLeading) events.tell("leader", { pid: ngx.worker.pid() });
        wasLeading = true;
        leader.step(pause);
      },
    };
  }

  private sweeping(sweeper: Sweeper): Chore {
    let ticksLeft = 0;
    return {
      name: "sweeping the counts",
      outlivesExit: false,
      isDue: () => {
        ticksLeft -= 1;
        return ticksLeft <= 0 && this.lease.hold();
      },
      work: (pause) => {
        ticksLeft = TICKS_PER_SWEEP;
        sweeper.step(TICKS_PER_SWEEP * TICK_S, pause);
      },
    };
  }

  private report(): void {
    this.processes.report({
      cycle: ownCycle(),
      applied: this.follower.generation,
      sessions: this.gateway.sessions.size,
      isExiting: ngx.worker.exiting(),
    });
  }

  private readAddressGeneration(): number {
    const [generation] = this.dict.get(ADDRESS_GENERATION_KEY);
    return typeof generation === "number" ? generation : 0;
  }
}

let current: Worker | undefined;

export function startWorker(dict: NgxSharedDict, settings: Settings): void {
  current = new Worker(dict, settings);
  current.start();
}

export function workerInUse(): Worker {
  if (current === undefined) error("switchboard: init_worker() was not called in init_worker_by_lua", 0);
  return current;
}

export function gatewayInUse(): Gateway {
  return workerInUse().gateway;
}
