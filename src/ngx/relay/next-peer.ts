import type { Gateway } from "../../core/gateway/gateway";
import type { CompiledRoute } from "../../core/gateway/compiled-route";
import type { Peer } from "../../core/pool/peer";
import type { Pool } from "../../core/pool/pool";
import { renderKey } from "../../core/route/route-key";
import { markTried, newSession, type Session } from "../../core/session/session";
import type { Moving } from "../../relay/moving";
import { readRequest } from "../request";
import { clock } from "../world";
import { dial, type Dialled, type DialFailure } from "./dial";
import { isSameAgreement, type Agreement } from "../../core/handshake/extensions";

/** A connection to a peer that an open session may be moved to, and the slot there. */
export interface Found {
  readonly dialled: Dialled;
  readonly slot: Session;
  readonly peer: Peer;
}

/**
 * Looks for the peer that an open session moves to. It has a slot of its own there, in the name of a session that is none, until the
 * session gives back its old one.
 */
export class NextPeer {
  /** To be given back if the search is broken off. */
  readonly slot: Session = newSession();

  constructor(
    private readonly gateway: Gateway,
    private readonly session: Session,
    private readonly route: CompiledRoute,
  ) {
    const { slot } = this;
    slot.id = session.id;
    slot.route = session.route;
    slot.pool = session.pool;
    slot.isUpgrade = true;
  }

  /**
   * Waits.
   * @param now what the session's peer has agreed to: another one has to agree to the same
   * @param resume the value of `Switchboard-Resume`
   */
  find(moving: Moving, now: Agreement, resume: string): Found | undefined {
    const found = this.findOne(moving, now, resume);
    if (found !== undefined || moving.to === undefined || !moving.isOrphan) return found;
    // Its peer has broken off meanwhile: now it goes wherever it can.
    moving.to = undefined;
    return this.findOne(moving, now, resume);
  }

  /** The slot is not needed. */
  giveBack(): void {
    const { slot } = this;
    const { pool, peer } = slot;
    pool?.release(slot);
    if (pool !== undefined && peer?.trialSession === slot.id) pool.dropTrial(slot, peer);
  }

  private findOne(moving: Moving, now: Agreement, resume: string): Found | undefined {
    const { slot } = this;
    const { pool, peer } = this.session;
    if (pool === undefined || peer === undefined) return undefined;
    markTried(slot, peer);
    const wanted = moving.redirect === "" ? moving.to : peerNamed(pool, moving.redirect);
    if (wanted === undefined && moving.redirect !== "") return undefined;
    const key = this.key(pool);
    for (const _ of $range(0, pool.config.retries)) {
      const next = pool.pick(slot, key, wanted);
      if (next === undefined) return undefined;
      if (wanted !== undefined && next !== wanted) break;
      const found = this.try(pool, next, now, resume);
      if (found !== undefined) return found;
    }
    this.giveBack();
    return undefined;
  }

  private try(pool: Pool, peer: Peer, now: Agreement, resume: string): Found | undefined {
    const { slot, gateway } = this;
    const { connectTimeoutMs, handshakeTimeoutMs } = pool.config;
    const [dialled, failure] = dial(peer, pool, { timeoutMs: connectTimeoutMs + handshakeTimeoutMs, resume });
    if (dialled === undefined) {
      this.tellFailure(pool, peer, failure);
    } else {
      this.observe(pool, peer, dialled.latencyMs, false);
      if (pool.config.health.passive !== undefined) gateway.attempts.opened(peer, slot.id, 0, clock.now());
      if (isSameAgreement(dialled, now)) return { dialled, slot, peer };
      dialled.socket.close();
    }
    pool.release(slot);
    markTried(slot, peer);
    return undefined;
  }

  private tellFailure(pool: Pool, peer: Peer, { reason }: DialFailure): void {
    this.observe(pool, peer, 0, true);
    if (pool.config.health.passive !== undefined) this.gateway.attempts.failed(peer, reason, this.slot.id);
    else if (peer.trialSession === this.slot.id) pool.dropTrial(this.slot, peer);
  }

  private observe(pool: Pool, peer: Peer, latencyMs: number, isFailed: boolean): void {
    if (pool.isObserving()) pool.observe(peer, { kind: "handshake", latencyMs, isFailed });
  }

  private key(pool: Pool): string {
    const { key } = this.route;
    return pool.needsKey && key !== undefined ? renderKey(key, readRequest()) : "";
  }
}

function peerNamed(pool: Pool, id: string): Peer | undefined {
  for (const peer of pool.peers) if (peer.key === id || peer.id === id) return peer;
  return undefined;
}
