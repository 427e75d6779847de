import type { Peer } from "../pool/peer";
import type { Rng } from "../ports";
import type { Balancer, BalancerFactory, PickInput } from "./contract";
import { WeightedSampler } from "./weighted-sampler";

/**
 * The power of two choices (Mitzenmacher 2001): two distinct peers are drawn by weight, and the one with the lower
 * `(active + 1) / weight` is picked; the first one drawn if they are equal. It needs no view of all peers, and many gateways
 * with counts of their own do not all run to the same empty peer.
 */
class RandomTwo implements Balancer {
  private readonly sampler: WeightedSampler;

  constructor(rng: Rng) {
    this.sampler = new WeightedSampler(rng);
  }

  update(peers: readonly Peer[]): void {
    this.sampler.update(peers);
  }

  pick(input: PickInput): Peer | undefined {
    const [first, second] = this.sampler.draw(input);
    if (first === undefined || second === undefined) return first;
    return share(input, second) < share(input, first) ? second : first;
  }

  /** Nothing is remembered from pick to pick. */
  peek(input: PickInput): Peer | undefined {
    return this.pick(input);
  }
}

function share(input: PickInput, peer: Peer): number {
  return (input.active(peer) + 1) / peer.weight;
}

export const randomTwo: BalancerFactory = {
  name: "random_two",
  needs: ["load"],
  validate(options) {
    for (const name of Object.keys(options)) return `random_two has no option "${name}"; it takes none`;
    return undefined;
  },
  create(deps) {
    return new RandomTwo(deps.rng);
  },
};
