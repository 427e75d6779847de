import type { Peer } from "../pool/peer";
import type { Rng } from "../ports";
import type { Balancer, BalancerFactory, PickInput } from "./contract";

/**
 * Smooth weighted round robin, as nginx does it: at each pick every eligible peer gains its weight, the one that has
 * gained most is picked and pays what all of them gained together. Weights 5, 1, 1 give `a a b a c a a`.
 */

/** Work done to enter the cycle at a random point, in peer visits; a longer cycle is entered within this many. */
const ENTRY_BUDGET = 30_000;

class RoundRobin implements Balancer {
  private peers: readonly Peer[] = [];
  private gains: number[] = [];
  /** Where the scan starts, so that equal peers are not always met in the order of the config. */
  private first = 0;

  constructor(
    private readonly rng: Rng,
    private readonly isStartFixed: boolean,
  ) {}

  update(peers: readonly Peer[]): void {
    const { peers: before, gains: gained } = this;
    // Most changes leave both ends of the list as they are, and nothing in them has to be looked for.
    const fewer = Math.min(before.length, peers.length);
    let head = 0;
    while (head < fewer && before[head] === peers[head]) head++;
    let tail = 0;
    while (tail < fewer - head && before[before.length - 1 - tail] === peers[peers.length - 1 - tail]) tail++;
    const kept = new LuaMap<string, number>();
    for (let index = head; index < before.length - tail; index++)
      kept.set(before[index]!.key, gained[index]!);
    const copy: Peer[] = [];
    const gains: number[] = [];
    const shift = before.length - peers.length;
    for (let index = 0; index < peers.length; index++) {
      const peer = peers[index]!;
      const isInTail = index >= peers.length - tail;
      copy.push(peer);
      if (index < head || isInTail) gains.push(gained[isInTail ? index + shift : index]!);
      else gains.push(kept.get(peer.key) ?? 0);
    }
    this.peers = copy;
    this.gains = gains;
    if (this.first >= copy.length) this.first = 0;
    if (before.length === 0 && !this.isStartFixed) this.enterAnywhere();
  }

  pick(input: PickInput): Peer | undefined {
    return this.take(input);
  }

  peek(input: PickInput): Peer | undefined {
    const gains = this.gains;
    this.gains = gains.slice();
    const peer = this.take(input);
    this.gains = gains;
    return peer;
  }

  /** Every worker has a cycle of its own: without this, all of them would send their first sessions to the same peer. */
  private enterAnywhere(): void {
    const count = this.peers.length;
    if (count < 2) return;
    let cycle = 0;
    for (const peer of this.peers) cycle += peer.weight;
    if (cycle === 0) return;
    this.first = this.rng.integer(count) - 1;
    const longest = Math.min(cycle, Math.floor(ENTRY_BUDGET / count));
    for (let step = this.rng.integer(Math.max(longest, 1)); step > 1; step--) this.take(undefined);
  }

  private take(input: PickInput | undefined): Peer | undefined {
    const { peers, gains, first } = this;
    const count = peers.length;
    let total = 0;
    let best = -1;
    for (let step = 0; step < count; step++) {
      let index = first + step;
      if (index >= count) index -= count;
      const peer = peers[index]!;
      if (input === undefined || input.eligible(peer)) {
        const gain = gains[index]! + peer.weight;
        gains[index] = gain;
        total += peer.weight;
        if (best < 0 || gain > gains[best]!) best = index;
      }
    }
    if (best < 0) return undefined;
    gains[best] = gains[best]! - total;
    return peers[best];
  }
}

export const roundRobin: BalancerFactory = {
  name: "round_robin",
  needs: [],
  validate(options) {
    for (const name of Object.keys(options)) {
      if (name !== "start") return `round_robin has no option "${name}"; it takes "start"`;
    }
    const start = options["start"];
    return start === undefined || start === 0
      ? undefined
      : '"start" must be 0 (every worker starts at the first peer)';
  },
  create(deps, options) {
    return new RoundRobin(deps.rng, options["start"] === 0);
  },
};
