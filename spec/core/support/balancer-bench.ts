import type { Balancer, BalancerFactory, PickInput } from "../../../src/core/balance/contract";
import type { Peer } from "../../../src/core/pool/peer";
import { seededRng } from "./seeded-rng";

export const SEED = 2026_11_22;

/** What a pool is to a balancer: it knows who may be picked, and how many sessions each peer has. */
export class Bench {
  readonly balancer: Balancer;
  readonly tried = new LuaSet<Peer>();
  /** Overrides the time of the clock that the balancer has. */
  nowS = 1000;
  /** By key, as the counters of a pool are. */
  private readonly open = new LuaMap<string, number>();
  private readonly known = new LuaSet<Peer>();
  private listed: readonly Peer[] = [];
  private serial = 0;
  readonly input: PickInput;

  constructor(factory: BalancerFactory, peers: readonly Peer[], options: Options = {}, seed = SEED) {
    this.balancer = factory.create({ rng: seededRng(seed), clock: { now: () => this.nowS } }, options);
    this.input = {
      key: "",
      active: (peer) => this.open.get(peer.key) ?? 0,
      eligible: (peer) => isUsable(peer) && !this.tried.has(peer),
    };
    this.update(peers);
  }

  /** @param inBetween what happens in each pause */
  update(peers: readonly Peer[], inBetween: () => void = () => undefined): void {
    this.balancer.update(peers);
    for (const peer of this.listed) this.known.delete(peer);
    this.listed = peers.slice();
    for (const peer of this.listed) this.known.add(peer);
    if (this.balancer.settle !== undefined) this.balancer.settle(inBetween);
  }

  has(peer: Peer): boolean {
    return this.known.has(peer);
  }

  /** The session after the last one, with a key of its own. */
  nextKey(): void {
    this.serial += 1;
    this.input.key = `session-${this.serial}`;
  }

  /** A new session, which stays. */
  pick(): Peer | undefined {
    this.nextKey();
    const peer = this.balancer.pick(this.input);
    if (peer !== undefined) this.open.set(peer.key, this.input.active(peer) + 1);
    return peer;
  }

  picks(count: number): string {
    const keys: string[] = [];
    for (const _ of $range(1, count)) keys.push(this.pick()?.key ?? "none");
    return keys.join(" ");
  }

  /** A session that was opened here ends. */
  release(peer: Peer): void {
    this.open.set(peer.key, Math.max(this.input.active(peer) - 1, 0));
    this.tell(peer);
  }

  /** Something of the peer has changed. */
  tell(peer: Peer): void {
    if (this.balancer.refresh !== undefined) this.balancer.refresh(peer);
  }

  /** Other workers open and close sessions; nobody tells. */
  openElsewhere(peer: Peer, count: number): void {
    this.open.set(peer.key, Math.max(this.input.active(peer) + count, 0));
  }

  answer(peer: Peer, latencyMs: number, isFailed = false, kind: "handshake" | "ping" = "handshake"): void {
    if (this.balancer.observe !== undefined) this.balancer.observe(peer, { kind, latencyMs, isFailed });
  }

  share(peer: Peer): number {
    let total = 0;
    for (const [, count] of this.open) total += count;
    return this.input.active(peer) / total;
  }
}

export type Options = Readonly<Record<string, string | number | boolean>>;

export function isUsable(peer: Peer): boolean {
  return peer.state === "ready" && peer.isUp && peer.weight > 0;
}
