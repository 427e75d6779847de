import type { UpstreamConfig } from "../config/snapshot";
import type { HealthView } from "../health/health-view";
import type { HealthRecord } from "../health/record";
import type { Pause } from "../pause";
import type { Clock } from "../ports";
import type { Session } from "../session/session";
import type { Eligibility } from "./eligibility";
import { closingOf, takesSessions, type Peer } from "./peer";
import { isWatched, recall, renewHealth, reweigh, setHealth } from "./peer-health";
import type { Rest } from "./rest";
import type { SlowStart } from "./slow-start";
import type { Tiers } from "./tiers";

const MS_PER_S = 1000;
/** A trial is over when its handshake is; the claim goes a little later. */
const CLAIM_SLACK_S = 1;

/** Of a pool, what its peers' health has to do with. */
export interface HealthParts {
  readonly view: HealthView;
  readonly clock: Clock;
  readonly eligibility: Eligibility;
  readonly slowStart: SlowStart;
  readonly tiers: Tiers;
  readonly rest: Rest;
}

/** What the health of its peers does to a pool. */
export class PoolHealth {
  /** Some peer has another full weight, and who goes by these was not told yet. */
  isReweighed = false;

  constructor(private readonly parts: HealthParts) {}

  setUp(peer: Peer, isUp: boolean): void {
    this.change(peer, () => {
      peer.isUp = isUp;
    });
  }

  /** A record of another address says nothing of the peer. */
  apply(peer: Peer, record: HealthRecord | undefined, { health }: UpstreamConfig): void {
    if (peer.isRemoved || (record !== undefined && record.address !== peer.address)) return;
    this.change(peer, () => {
      setHealth(peer, record, health);
      if (reweigh(peer)) this.isReweighed = true;
    });
  }

  /** What is known of peers that stay, to be used with another config of their health. */
  recallAll(peers: readonly Peer[], { health }: UpstreamConfig, pause: Pause): LuaMap<Peer, HealthRecord> {
    const records = new LuaMap<Peer, HealthRecord>();
    for (const peer of peers) {
      const record = recall(peer, health, this.parts.view);
      if (record !== undefined) records.set(peer, record);
      pause();
    }
    return records;
  }

  /** All of them are to be counted, and their weights to be used, after that. */
  renewAll(peers: readonly Peer[], records: LuaMap<Peer, HealthRecord>, { health }: UpstreamConfig): void {
    for (const peer of peers) {
      this.change(peer, () => {
        renewHealth(peer, records.get(peer), health);
        reweigh(peer);
      });
    }
  }

  /**
   * Whether the session may go to a peer that is down, where it has a slot: to one on trial as its trial alone, one at a time over
   * all workers. In a panic it goes there anyway, and may be the trial all the same: panic would not end otherwise.
   */
  admits(session: Session, peer: Peer, config: UpstreamConfig): boolean {
    const { isPanic } = this.parts.eligibility;
    if (!this.parts.eligibility.mayTry(peer)) return isPanic;
    const { connectTimeoutMs, handshakeTimeoutMs, health } = config;
    const earlyCloseMs = health.passive?.earlyCloseMs ?? 0;
    peer.trialTakenAtS = this.parts.clock.now();
    const forS = (connectTimeoutMs + handshakeTimeoutMs + earlyCloseMs) / MS_PER_S + CLAIM_SLACK_S;
    if (!this.parts.view.claimTrial(peer, forS)) return isPanic;
    peer.trialSession = session.id;
    return true;
  }

  /** The session is over: if it was the trial of its peer and nothing came of it, another one may be. */
  drop(session: Session, peer: Peer): void {
    if (peer.trialSession !== session.id) return;
    peer.trialSession = undefined;
    peer.trialTakenAtS = undefined;
    this.parts.view.dropTrial(peer);
    this.note(peer);
  }

  /** Whose sessions are to be closed, of those that are down too: but only where they can go to somebody else. */
  findClosing(peers: readonly Peer[], { health, drain }: UpstreamConfig): readonly Peer[] {
    const isOn = health.onDown === "close" && isWatched(health) && this.parts.eligibility.hasRefuge();
    const found: Peer[] = [];
    for (const peer of peers) {
      if (!isOn || peer.isUp || peer.isRemoved) {
        if (peer.closingAsDown !== undefined) peer.closingAsDown = undefined;
      } else if (peer.closingAsDown?.spreadMs !== drain.spreadMs) {
        peer.closingAsDown = { atS: peer.healthSinceS, spreadMs: drain.spreadMs };
      }
      if (closingOf(peer) !== undefined) found.push(peer);
    }
    return found;
  }

  private change(peer: Peer, make: (this: void) => void): void {
    const { eligibility, slowStart, clock } = this.parts;
    const tookSessions = peer.isUp && takesSessions(peer);
    eligibility.leave(peer);
    make();
    eligibility.join(peer);
    if (!tookSessions && peer.isUp && takesSessions(peer)) slowStart.restart(peer, clock.now());
    this.note(peer);
  }

  private note(peer: Peer): void {
    this.parts.rest.end();
    this.parts.tiers.refresh(peer);
  }
}
