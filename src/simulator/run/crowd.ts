import type { Scenario } from "../scenario/scenario";
import type { ClientAction } from "../scenario/timeline";
import { KeyChoice, lengthOf } from "./clientele";
import { Clients, NO_TIMER, PHASE } from "./clients";
import type { EventQueue } from "./event-queue";
import { NONE, type Fleet } from "./fleet";
import { noTally } from "./outcome";
import { PeerSpeed } from "./peer-speed";
import { Randomness, STREAM } from "./randomness";
import type { Recorder } from "./recorder";

const MS_PER_S = 1000;

export interface CrowdWorld {
  now(this: void): number;
  readonly queue: EventQueue;
  /** Events from this one on are the crowd's. */
  readonly firstEvent: number;
  readonly fleet: Fleet;
  readonly recorder: Recorder;
  readonly peerIds: readonly string[];
}

/** All clients: when they come, what they do when they are refused or cut off, and when they go. */
export class Crowd {
  readonly tally = noTally();
  /** Open sessions, by peer: the truth, whatever the gateways see of it. */
  readonly active: Int32Array;
  /** Peers that answer. */
  readonly isAlive: Uint8Array;
  readonly speed: PeerSpeed;
  /** How many more peers a handshake tries. */
  retries = 0;
  /** Some balancer wants to be told how long handshakes take. */
  isObserving = false;
  private readonly clients = new Clients();
  private readonly arriving: Randomness;
  private readonly returning: Randomness;
  private readonly keys: KeyChoice;
  /** By key, where its last session went. */
  private readonly homes: Int32Array;

  constructor(
    private readonly scenario: Scenario,
    private readonly world: CrowdWorld,
  ) {
    const { seed } = scenario;
    const { peerIds } = world;
    this.arriving = new Randomness(seed, STREAM.clients);
    this.returning = new Randomness(seed, STREAM.returns);
    this.keys = new KeyChoice(scenario.keys, this.arriving);
    this.homes = new Int32Array(this.keys.texts.length).fill(NONE);
    this.speed = new PeerSpeed(scenario.handshake, peerIds, new Randomness(seed, STREAM.latencies));
    this.active = new Int32Array(peerIds.length);
    this.isAlive = new Uint8Array(peerIds.length).fill(1);
  }

  /** @param event one of the crowd's: ends of sessions are even, timers of clients odd */
  happen(event: number): void {
    const place = event - this.world.firstEvent;
    if (place % 2 === 0) this.endOf(place >> 1);
    else this.attend(place >> 1);
  }

  arrive(): void {
    const { arriving, clients, world } = this;
    const client = clients.take();
    clients.worker[client] = arriving.integer(world.fleet.size) - 1;
    const lengthS = lengthOf(this.scenario.length, arriving);
    clients.key[client] = this.keys.next();
    clients.lastPeer[client] = NONE;
    clients.attempts[client] = 0;
    this.tally.arrivals += 1;
    world.queue.add(world.firstEvent + 2 * client, world.now() + lengthS);
    this.connect(client);
  }

  countAway(): number {
    return this.clients.phase.reduce((sum, phase) => sum + (phase === PHASE.away ? 1 : 0), 0);
  }

  /** @param peers those whose clients are meant, by number */
  disturb(action: ClientAction, peers: readonly number[]): void {
    const { clients, returning } = this;
    for (let client = 0; client < clients.count; client++) {
      if (!clients.hasSlot(client)) continue;
      if (action.kind === "shake") {
        if (returning.unit() >= action.share) continue;
      } else if (!peers.includes(clients.peer[client]!)) continue;
      if (action.kind === "pace") {
        clients.phase[client] = PHASE.leaving;
        this.want(client, action.overS * MS_PER_S * returning.unit());
      } else this.cut(client);
    }
  }

  /** A handshake, on other peers too if some do not answer. */
  private connect(client: number): void {
    const { clients, tally } = this;
    const { fleet } = this.world;
    const worker = clients.worker[client]!;
    const keyNumber = clients.key[client]!;
    const key = keyNumber < 0 ? "" : this.keys.texts[keyNumber]!;
    fleet.begin();
    for (let tries = 0; tries <= this.retries; tries++) {
      const peer = fleet.pick(worker, key);
      if (peer === NONE) break;
      if (this.isAlive[peer] === 1) {
        this.connected(client, peer);
        return;
      }
      fleet.fail(worker, peer);
      tally.failed += 1;
    }
    tally.refused += 1;
    const { reconnect } = this.scenario;
    if (clients.attempts[client]! >= reconnect.attempts) {
      clients.phase[client] = PHASE.lost;
      tally.lost += 1;
      return;
    }
    const waitMs = Math.max(reconnect.delay_ms, reconnect.jitter_ms);
    const factor = reconnect.backoff ** clients.attempts[client]!;
    clients.attempts[client]! += 1;
    this.comeBack(client, Math.min(waitMs * factor, reconnect.max_delay_ms) * this.returning.unit());
  }

  private connected(client: number, peer: number): void {
    const { clients, tally } = this;
    const nowS = this.world.now();
    const latencyMs = this.speed.latencyMs(peer, nowS);
    this.active[peer]! += 1;
    this.world.recorder.handshake(peer, nowS, latencyMs);
    const before = clients.lastPeer[client]!;
    if (before !== NONE) {
      tally.reconnects += 1;
      if (before !== peer) tally.moves += 1;
    }
    const key = clients.key[client]!;
    if (key >= 0) {
      const home = this.homes[key]!;
      if (home !== NONE && home !== peer && nowS >= this.scenario.warmup_s) tally.keyMoves += 1;
      this.homes[key] = peer;
    }
    clients.peer[client] = peer;
    clients.lastPeer[client] = peer;
    clients.attempts[client] = 0;
    clients.phase[client] = PHASE.open;
    if (!this.isObserving) return;
    clients.phase[client] = PHASE.handshake;
    clients.latencyMs[client] = latencyMs;
    this.want(client, latencyMs);
  }

  /** The client's timer is set; whatever it was set for before is off. */
  private want(client: number, afterMs: number): void {
    const { queue, firstEvent, now } = this.world;
    queue.add(firstEvent + 2 * this.clients.startTimer(client) + 1, now() + afterMs / MS_PER_S);
  }

  private attend(timer: number): void {
    const { clients } = this;
    const client = clients.endTimer(timer);
    if (client === NO_TIMER) return;
    const phase = clients.phase[client]!;
    if (phase === PHASE.handshake) {
      clients.phase[client] = PHASE.open;
      this.world.fleet.observe(clients.worker[client]!, clients.peer[client]!, clients.latencyMs[client]!);
    } else if (phase === PHASE.leaving) this.cut(client);
    else if (phase === PHASE.away) this.connect(client);
  }

  private endOf(client: number): void {
    const { clients, tally } = this;
    if (clients.hasSlot(client)) this.leave(client);
    if (clients.phase[client] !== PHASE.lost) tally.ended += 1;
    clients.give(client);
  }

  private leave(client: number): void {
    const { clients } = this;
    const peer = clients.peer[client]!;
    this.active[peer]! -= 1;
    this.world.fleet.release(clients.worker[client]!, peer);
  }

  /** Its session is over before its time. */
  private cut(client: number): void {
    this.leave(client);
    const { delay_ms: delayMs, jitter_ms: jitterMs } = this.scenario.reconnect;
    this.comeBack(client, delayMs + jitterMs * this.returning.unit());
  }

  /** To whichever worker takes it. */
  private comeBack(client: number, afterMs: number): void {
    const { clients } = this;
    clients.phase[client] = PHASE.away;
    clients.worker[client] = this.returning.integer(this.world.fleet.size) - 1;
    this.want(client, afterMs);
  }
}
