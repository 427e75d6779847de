import { Gateway } from "../core/gateway/gateway";
import { Ledger } from "../core/pool/ledger";
import { SessionTable } from "../core/session/session-table";
import type { Session } from "../core/session/session";
import { addressesIn } from "./addresses";
import { shutDown, upstreamHandle } from "./connection";
import { seedRandom, sessionPrefix } from "./entropy";
import { Follower, type Pause } from "./follower";
import { ADDRESS_GENERATION_KEY, peerKeys } from "./keys";
import { Leader } from "./leader";
import { Lease } from "./lease";
import { Processes } from "./processes";
import { protect } from "./protect";
import { Resolver } from "./resolver";
import type { Settings } from "./settings";
import { Sweeper } from "./sweeper";
import { clock, DictCounters, log, rng } from "./world";

const TICK_S = 0.1;
/** Work in one go, before the worker's other work has its turn. */
const SLICE_S = 0.004;
/** How often the leader looks after the counts. */
const TICKS_PER_SWEEP = 2;

/**
 * What runs in a worker beside its requests. A loop in a timer that never returns only looks whether there is something
 * to do, because its memory is freed when it ends; the work goes on in timers of its own. The loop outlives the exit of
 * the worker, when nginx starts no more timers, until the last session has ended.
 */
export class Worker {
  readonly gateway: Gateway;
  readonly follower: Follower;
  private readonly lease: Lease;
  private readonly leader: Leader;
  private readonly processes: Processes;
  private readonly sweeper: Sweeper;
  private addressGeneration = 0;
  private isCatchingUp = false;
  private isLeading = false;
  private isSweeping = false;
  private ticksToSweep = 0;

  constructor(
    private readonly dict: NgxSharedDict,
    settings: Settings,
  ) {
    const sessions = new SessionTable(sessionPrefix());
    this.processes = new Processes(dict);
    const ledger = new Ledger(new DictCounters(dict, this.processes), log);
    const { registry } = settings;
    this.gateway = new Gateway(sessions, { ledger, registry, rng, clock, keys: peerKeys() });
    this.follower = new Follower(dict, this.gateway, addressesIn(dict), log);
    this.lease = new Lease(dict, log);
    this.leader = new Leader(dict, settings, this.follower, new Resolver({ clock, rng, log }), log);
    this.sweeper = new Sweeper(dict, this.processes, this.follower, log);
  }

  /** In init_worker: the first snapshot is there before the first request. */
  start(): void {
    seedRandom();
    this.addressGeneration = this.readAddressGeneration();
    this.follower.catchUp(() => undefined);
    this.inTimer(() => this.loop());
  }

  private loop(): void {
    const { sessions } = this.gateway;
    const tick = (): void => this.tick();
    while (!ngx.worker.exiting() || sessions.size > 0) {
      protect("the worker's loop", tick);
      ngx.sleep(TICK_S);
    }
    this.lease.giveUp();
    protect("leaving", () => this.leave());
  }

  /** Drops the counters of this worker; it follows the config once more, for those of peers that are gone meanwhile. */
  private leave(): void {
    if (this.follower.isBehind()) this.follower.catchUp(() => undefined);
    this.gateway.leave();
    this.processes.leave();
  }

  private tick(): void {
    this.gateway.sessions.eachLate(clock.now(), endLateAttempt);
    if (ngx.worker.exiting()) this.lease.giveUp();
    else this.startWork();
  }

  private startWork(): void {
    const isBehind = this.follower.isBehind() || this.readAddressGeneration() !== this.addressGeneration;
    if (isBehind && !this.isCatchingUp) this.isCatchingUp = this.inTimer(() => this.catchUp());
    if (this.lease.hold()) this.startLeading();
  }

  private startLeading(): void {
    if (!this.isLeading) this.isLeading = this.inTimer(() => this.lead());
    this.ticksToSweep -= 1;
    if (this.isSweeping || this.ticksToSweep > 0) return;
    this.ticksToSweep = TICKS_PER_SWEEP;
    this.isSweeping = this.inTimer(() => this.sweep());
  }

  private catchUp(): void {
    protect("catching up", () => this.applyChanges());
    this.isCatchingUp = false;
  }

  private applyChanges(): void {
    const pause = slicer();
    if (this.follower.isBehind()) this.follower.catchUp(pause);
    const addressGeneration = this.readAddressGeneration();
    if (addressGeneration !== this.addressGeneration) {
      this.addressGeneration = addressGeneration;
      this.follower.applyAddresses(pause);
    }
  }

  private lead(): void {
    protect("leading", () => this.leader.step());
    this.isLeading = false;
  }

  private sweep(): void {
    protect("sweeping the counts", () => this.sweeper.step(TICKS_PER_SWEEP * TICK_S, slicer()));
    this.isSweeping = false;
  }

  private readAddressGeneration(): number {
    const [generation] = this.dict.get(ADDRESS_GENERATION_KEY);
    return typeof generation === "number" ? generation : 0;
  }

  /** Says whether the work will be done. */
  private inTimer(work: (this: void) => void): boolean {
    const [isStarted, err] = ngx.timer.at(0, (isPremature) => {
      if (!isPremature) work();
    });
    if (isStarted === undefined) log.write("error", `no timer: ${err}`);
    return isStarted !== undefined;
  }
}

function endLateAttempt(this: void, session: Session): void {
  if (!shutDown(upstreamHandle(session.requestHandle))) {
    log.write("warn", `session ${session.id} is late, and its connection to the peer was not found`);
  }
}

function slicer(): Pause {
  let startedAt = clock.now();
  return () => {
    ngx.update_time();
    if (clock.now() - startedAt < SLICE_S) return;
    ngx.sleep(0);
    startedAt = clock.now();
  };
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
