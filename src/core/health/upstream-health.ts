import type { HealthConfig } from "../config/snapshot";
import { goOn, type Pause } from "../pause";
import type { Rng } from "../ports";
import { PeerHealth } from "./peer-health";
import type { AttemptReport, HealthChange, HealthEvent, HealthRecord, ProbeOutcome } from "./record";

/** One live address as the leader watches it. */
export interface Watched {
  readonly key: string;
  readonly address: string;
  /**
   * It takes new sessions if it is up, as far as config and operator say, and is no backup: of these, and of those who want
   * sessions themselves, one is always left.
   */
  readonly isCandidate: boolean;
}

const NONE: readonly HealthChange[] = [];

/** The health of one upstream's peers, as the leader keeps it: observations come in, records and events go out. */
export class UpstreamHealth {
  private config: HealthConfig | undefined;
  private peers = new LuaMap<string, PeerHealth>();
  private listed: readonly PeerHealth[] = [];
  private changes: HealthChange[] = [];
  /** Those who are ejected, and some who were; looked through when the first of them is due. */
  private waiting: PeerHealth[] = [];
  private nextDueS = Infinity;
  /** The latest time that was told since the clock was set back, if it ever was. */
  private lastS = 0;
  private candidates = 0;
  private candidatesUp = 0;
  /** Ejected or on trial. */
  private candidatesOut = 0;

  constructor(
    readonly name: string,
    private readonly rng: Rng,
  ) {}

  /**
   * Slow path: this config and these peers are in force. A peer that was there with the same address goes on as it was; one of
   * another address starts anew.
   * @param recall what an earlier leader has left of a peer
   */
  use(
    config: HealthConfig,
    watched: readonly Watched[],
    recall: (this: void, key: string) => HealthRecord | undefined,
    nowS: number,
    pause: Pause = goOn,
  ): void {
    const { listed: before, peers: known } = this;
    const listed: PeerHealth[] = [];
    // What is told of peers in a pause is told of those from before.
    const peers = new LuaMap<string, PeerHealth>();
    this.config = config;
    this.lastS = Math.max(this.lastS, nowS);
    for (const { key, address, isCandidate } of watched) {
      if (peers.has(key)) continue;
      const old = known.get(key);
      const isSame = old !== undefined && old.address === address;
      const peer = isSame ? old : new PeerHealth(key, address, old === undefined ? recall(key) : old.record);
      peer.isCandidate = isCandidate;
      peers.set(key, peer);
      listed.push(peer);
      this.takeUp(peer, config, old !== undefined, nowS);
      pause();
    }
    for (const { key, record } of before) {
      if (record !== undefined && !peers.has(key)) this.changes.push({ key });
    }
    this.peers = peers;
    const hadOneUp = this.candidatesUp > 0;
    this.listed = listed;
    this.recount();
    if (hadOneUp) this.sparePeers("config", nowS);
  }

  /** @param wasWatched whether it was known what the peer was, so that what it is now may be news */
  private takeUp(peer: PeerHealth, config: HealthConfig, wasWatched: boolean, nowS: number): void {
    const isNews = wasWatched || peer.record !== undefined;
    const isMoved = peer.record !== undefined && peer.record.address !== peer.address;
    peer.use(config, nowS);
    peer.advance(nowS);
    const change = peer.restate(nowS, "config", isMoved ? "another address" : "health config changed");
    if (change === undefined) return;
    this.changes.push(isNews ? change : { key: change.key, record: change.record });
  }

  private recount(): void {
    this.candidates = 0;
    this.candidatesUp = 0;
    this.candidatesOut = 0;
    this.waiting = [];
    this.nextDueS = Infinity;
    for (const peer of this.listed) {
      peer.countsAsCandidate = false;
      peer.countsAsUp = false;
      peer.countsAsOut = false;
      peer.isWaiting = false;
      this.countIn(peer);
      this.awaitEnd(peer);
    }
  }

  /** A probe of the peer has ended. */
  probed(key: string, outcome: ProbeOutcome, nowS: number): void {
    const peer = this.peers.get(key);
    if (peer === undefined) return;
    if (peer.probed(outcome, nowS)) {
      const hadOneUp = this.candidatesUp > 0;
      this.settle(peer, "probe", "probe passed", nowS);
      if (hadOneUp) this.sparePeers("probe", nowS);
    }
    if (outcome.agent !== undefined) this.hear(peer, outcome.agent, nowS);
  }

  /** A worker has told of its attempts. */
  attempted(report: AttemptReport, nowS: number): void {
    const peer = this.peers.get(report.key);
    if (peer === undefined || peer.address !== report.address) return;
    if (report.trial !== undefined && peer.awaitsTrial()) this.endTrial(peer, report, nowS);
    else this.count(peer, report, nowS);
    if (report.agent !== undefined) this.hear(peer, report.agent, nowS);
  }

  private hear(peer: PeerHealth, text: string, nowS: number): void {
    const change = peer.hear(text, nowS);
    if (change === undefined) return;
    const hadOneUp = this.candidatesUp > 0;
    this.changes.push(change);
    this.countIn(peer);
    if (hadOneUp) this.sparePeers("agent", nowS);
  }

  /** The last candidate that was up may just have gone: nobody is left to wait for the end of an ejection. */
  private sparePeers(source: HealthEvent["source"], nowS: number): void {
    if (this.candidatesUp > 0 || this.candidatesOut === 0) return;
    for (const peer of this.listed) {
      if (peer.countsAsOut && peer.beginTrial()) this.settle(peer, source, "", nowS);
    }
  }

  private endTrial(peer: PeerHealth, report: AttemptReport, nowS: number): void {
    if (report.trial === "passed") peer.endEjection(nowS);
    else peer.eject(report.reason === "" ? "trial failed" : `trial failed: ${report.reason}`, this.rng, nowS);
    this.settle(peer, "handshakes", "trial passed", nowS);
  }

  private count(peer: PeerHealth, report: AttemptReport, nowS: number): void {
    const why = peer.count(report, nowS);
    if (why === undefined) return;
    const bar = this.barToEjection(peer);
    if (bar !== undefined) {
      this.push(peer.keep(`${bar}: ${why}`, nowS));
      return;
    }
    peer.eject(why, this.rng, nowS);
    this.settle(peer, "handshakes", "", nowS);
  }

  /** @returns why a peer that is up may not be ejected; who is no candidate leaves no fewer of them */
  private barToEjection(peer: PeerHealth): string | undefined {
    if (!peer.countsAsCandidate) return undefined;
    if (this.candidatesUp <= 1) return "no other is up";
    const percent = this.config?.passive?.maxEjectedPercent ?? 0;
    const most = Math.max(Math.floor((this.candidates * percent) / 100), 1);
    return this.candidatesOut >= most ? "no more may be" : undefined;
  }

  /** Time has passed: ejections end. Cheap while none is due. */
  advance(nowS: number): void {
    const isClockSetBack = nowS < this.lastS;
    this.lastS = nowS;
    if (nowS < this.nextDueS && !isClockSetBack) return;
    const { waiting } = this;
    this.waiting = [];
    this.nextDueS = Infinity;
    for (const peer of waiting) {
      peer.isWaiting = false;
      if (peer.advance(nowS)) this.settle(peer, "handshakes", "", nowS);
      this.awaitEnd(peer);
    }
  }

  /** Whether the peer is on its way down or up, and is to be probed more often. */
  isChanging(key: string): boolean {
    const peer = this.peers.get(key);
    return peer !== undefined && peer.isChanging();
  }

  isUp(key: string): boolean {
    const peer = this.peers.get(key);
    return peer === undefined || peer.isUp();
  }

  /** What has changed since the last call. A peer may be there several times; its last record is the one that holds. */
  takeChanges(): readonly HealthChange[] {
    const { changes } = this;
    if (changes.length === 0) return NONE;
    this.changes = [];
    return changes;
  }

  private settle(peer: PeerHealth, source: HealthEvent["source"], upReason: string, nowS: number): void {
    this.lastS = Math.max(this.lastS, nowS);
    this.push(peer.restate(nowS, source, upReason));
    this.countIn(peer);
    this.awaitEnd(peer);
  }

  private push(change: HealthChange | undefined): void {
    if (change !== undefined) this.changes.push(change);
  }

  private countIn(peer: PeerHealth): void {
    const isCandidate = peer.isWanted();
    const isUp = isCandidate && peer.isUp();
    const isOut = isCandidate && peer.isOut();
    if (isCandidate !== peer.countsAsCandidate) this.candidates += isCandidate ? 1 : -1;
    if (isUp !== peer.countsAsUp) this.candidatesUp += isUp ? 1 : -1;
    if (isOut !== peer.countsAsOut) this.candidatesOut += isOut ? 1 : -1;
    peer.countsAsCandidate = isCandidate;
    peer.countsAsUp = isUp;
    peer.countsAsOut = isOut;
  }

  private awaitEnd(peer: PeerHealth): void {
    const untilS = peer.ejectedUntilS();
    if (untilS === undefined) return;
    this.nextDueS = Math.min(this.nextDueS, untilS);
    if (peer.isWaiting) return;
    peer.isWaiting = true;
    this.waiting.push(peer);
  }
}
