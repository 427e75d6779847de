import type { SlowStartConfig } from "../config/snapshot";
import type { Peer } from "./peer";
import { Ramp, TICKS_PER_S } from "./ramp";
import { clearTier, isAble, newTier, type Tier } from "./starting-tier";

/** Peers that are weighed anew in one go, which is in the request path. */
const WEIGHED_AT_ONCE = 64;
/** For so many peers each tenth of a second it is looked who can take sessions. */
const SURVEYED_PER_TICK = 1000;
/** After so many windows a peer that this worker has not seen start has caught up. */
const WINDOWS_KNOWN = 4;
/** Powers are rounded to this, so that both runtimes find the same. */
const STEPS = 1e6;

/**
 * The peers of one upstream that have just begun to take sessions, in one worker. Their weight grows over a window, by the formula
 * of Envoy's slow start: max(min_percent / 100, (time / window) ^ (1 / aggression)). That alone does not help where the emptiest
 * peer is picked, so there is a cap as well: such a peer gets that part of its fair share of the new handshakes, in any second.
 * Where all peers that can take sessions start slowly, the one that has come farthest counts as done, and the others by what
 * they are behind it.
 *
 * When the window is over, the emptiest peer is still behind those that were there before, and would have every handshake until
 * it has caught up. So the cap stays, and goes on growing as it did, until for a second it has held nobody back.
 */
export class SlowStart {
  /** Nobody starts slowly: there is nothing to ask and nothing to tell. */
  isIdle = true;
  private peers: readonly Peer[] = [];
  private ramps: Ramp[] = [];
  private byPeer = new LuaMap<Peer, Ramp>();
  private windowS = 0;
  private minShare = 1;
  private exponent = 1;
  /** What the clock said last. */
  private seenS = 0;
  /** Passes as the clock does, and stands where that is set back. */
  private timeS = 0;
  private tick = 0;
  private handshakes = 0;
  /** Where weighing goes on, and how many are still to be weighed. */
  private cursor = 0;
  private unweighed = 0;
  private nextSurvey = 0;
  private readonly primary = newTier();
  private readonly ownZone = newTier();
  private readonly backup = newTier();

  /** @param zone of the gateway, whose peers come first; `""` for none */
  constructor(private readonly zone = "") {}

  /** The config has changed. Slow path; whoever starts slowly has its weight of now when it returns. */
  use(config: SlowStartConfig, peers: readonly Peer[], nowS: number): void {
    this.peers = peers;
    this.windowS = config.windowMs / 1000;
    this.minShare = config.minPercent / 100;
    this.exponent = 1 / config.aggression;
    if (this.windowS <= 0 && this.isIdle) return;
    this.pass(nowS);
    this.turn();
    const before = this.byPeer;
    this.byPeer = new LuaMap();
    this.ramps = [];
    for (const peer of peers) {
      const known = before.get(peer);
      const ramp = this.continued(peer, known, nowS);
      if (ramp !== undefined) this.add(ramp);
      else if (known !== undefined) peer.weight = peer.fullWeight;
    }
    this.isIdle = this.ramps.length === 0;
    this.cursor = 0;
    this.unweighed = 0;
    this.survey();
    this.grow();
    for (const ramp of this.ramps) ramp.peer.weight = ramp.peer.fullWeight * ramp.share;
  }

  /** The peer takes sessions again since then, as one that comes up does. What its balancer remembers of it is out of date. */
  restart(peer: Peer, sinceS: number): void {
    peer.readySinceS = sinceS;
    if (this.windowS <= 0) return;
    if (this.isIdle) this.seenS = sinceS;
    const startS = this.timeS - Math.max(0, this.seenS - sinceS);
    const known = this.byPeer.get(peer);
    if (known === undefined) this.add(this.newRamp(peer, startS));
    else {
      known.startS = startS;
      known.sinceS = sinceS;
      known.share = this.minShare;
      known.settle(this.handshakes);
      known.quota = 0;
    }
    peer.weight = peer.fullWeight * this.minShare;
    this.isIdle = false;
    // Who is up, and so what is fair, has changed with it.
    this.nextSurvey = 0;
  }

  /**
   * To be called before a pick, unless it is idle: every tenth of a second the weights grow.
   * @param reweighed is told of each peer whose weight is another one now
   */
  advance(nowS: number, reweighed: (this: void, peer: Peer) => void): void {
    this.pass(nowS);
    if (Math.floor(this.timeS * TICKS_PER_S) !== this.tick) {
      this.turn();
      if (this.tick >= this.nextSurvey) this.survey();
      this.grow();
      this.unweighed = this.ramps.length;
    }
    if (this.unweighed > 0) this.weigh(reweighed);
  }

  /** Whether the peer may have the handshake at hand. Where nobody may, the peer that is picked all the same is the right one. */
  admits(peer: Peer): boolean {
    const ramp = this.byPeer.get(peer);
    if (ramp === undefined || (ramp.share >= 1 && !ramp.isOver)) return true;
    ramp.settle(this.handshakes);
    if (ramp.admits()) return true;
    ramp.hold(this.handshakes);
    return false;
  }

  /**
   * To be called after each pick, unless it is idle.
   * @param peer that was picked; `undefined` for none
   * @param isRetry the handshake was counted before: it is no further one to have a share of
   */
  note(peer: Peer | undefined, isRetry = false): void {
    const ramp = peer === undefined ? undefined : this.byPeer.get(peer);
    if (ramp !== undefined) {
      ramp.settle(this.handshakes);
      ramp.take();
    }
    if (!isRetry) this.handshakes += 1;
  }

  private pass(nowS: number): void {
    const passedS = nowS - this.seenS;
    this.seenS = nowS;
    if (passedS > 0) this.timeS += passedS;
  }

  private turn(): void {
    this.tick = Math.floor(this.timeS * TICKS_PER_S);
    for (const ramp of this.ramps) {
      ramp.settle(this.handshakes);
      ramp.turn(this.tick);
    }
  }

  /** A window under way goes on: a start that is newer than what the config knows of was told to `restart`. */
  private continued(peer: Peer, known: Ramp | undefined, nowS: number): Ramp | undefined {
    if (this.windowS <= 0) return undefined;
    if (known !== undefined && peer.readySinceS <= known.sinceS) {
      if (known.isDone) return undefined;
      peer.readySinceS = known.sinceS;
      return known;
    }
    if (peer.readySinceS <= 0) return undefined;
    const passedS = Math.max(0, nowS - peer.readySinceS);
    return passedS < this.windowS * WINDOWS_KNOWN ? this.newRamp(peer, this.timeS - passedS) : undefined;
  }

  private newRamp(peer: Peer, startS: number): Ramp {
    return new Ramp(peer, startS, peer.readySinceS, this.minShare, this.tick, this.handshakes);
  }

  private add(ramp: Ramp): void {
    this.ramps.push(ramp);
    this.byPeer.set(ramp.peer, ramp);
  }

  private survey(): void {
    const { primary, ownZone, backup, peers } = this;
    clearTier(primary);
    clearTier(ownZone);
    clearTier(backup);
    for (const peer of peers) {
      if (isAble(peer)) {
        const tier = peer.isBackup ? backup : primary;
        tier.weight += peer.fullWeight;
        tier.able += 1;
        if (this.isOwnZone(peer)) ownZone.weight += peer.fullWeight;
      }
    }
    for (const { peer } of this.ramps) {
      if (isAble(peer)) (peer.isBackup ? backup : primary).starting += 1;
    }
    this.nextSurvey = this.tick + Math.ceil(peers.length / SURVEYED_PER_TICK);
  }

  private grow(): void {
    let leader = 0;
    let leadingBackup = 0;
    for (const ramp of this.ramps) {
      this.measure(ramp);
      if (isAble(ramp.peer)) {
        if (ramp.peer.isBackup) leadingBackup = Math.max(leadingBackup, ramp.progress);
        else leader = Math.max(leader, ramp.progress);
      }
    }
    const whole = wholeShare(this.primary, leader);
    const wholeBackup = wholeShare(this.backup, leadingBackup);
    for (const ramp of this.ramps) {
      ramp.share = Math.min(1, ramp.progress / (ramp.peer.isBackup ? wholeBackup : whole));
      ramp.quota = Math.min(1, ramp.share * ramp.excess * this.fairShare(ramp.peer));
      ramp.isDone = ramp.hasCaughtUp(this.handshakes);
    }
  }

  private measure(ramp: Ramp): void {
    const part = (this.timeS - ramp.startS) / this.windowS;
    const grown = this.exponent === 1 ? part : Math.floor(part ** this.exponent * STEPS) / STEPS;
    ramp.isOver = part >= 1;
    ramp.progress = ramp.isOver ? 1 : Math.max(this.minShare, grown);
    ramp.excess = ramp.isOver ? grown : 1;
    if (!ramp.isOver) ramp.hold(this.handshakes);
  }

  /** Of the handshakes of the upstream, when everybody has started. */
  private fairShare(peer: Peer): number {
    let { weight } = peer.isBackup ? this.backup : this.primary;
    if (this.isOwnZone(peer)) weight = this.ownZone.weight;
    return weight > 0 ? Math.min(1, peer.fullWeight / weight) : 0;
  }

  private isOwnZone(peer: Peer): boolean {
    return this.zone !== "" && peer.zone === this.zone && !peer.isBackup;
  }

  private weigh(reweighed: (this: void, peer: Peer) => void): void {
    const count = Math.min(this.unweighed, WEIGHED_AT_ONCE);
    this.unweighed -= count;
    for (const _ of $range(1, count)) {
      if (this.cursor >= this.ramps.length) this.cursor = 0;
      const ramp = this.ramps[this.cursor]!;
      const { peer } = ramp;
      if (ramp.isDone) this.end(ramp);
      else this.cursor += 1;
      const weight = ramp.isDone ? peer.fullWeight : peer.fullWeight * ramp.share;
      if (weight !== peer.weight) {
        peer.weight = weight;
        reweighed(peer);
      }
    }
  }

  /** The last one takes its place. */
  private end(ramp: Ramp): void {
    const last = this.ramps.pop()!;
    if (last !== ramp) this.ramps[this.cursor] = last;
    this.byPeer.delete(ramp.peer);
    this.isIdle = this.ramps.length === 0;
  }
}

/** What counts as all of it. */
function wholeShare(tier: Tier, leader: number): number {
  return tier.able > 0 && tier.able === tier.starting && leader > 0 ? leader : 1;
}
