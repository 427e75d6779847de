import { parseDuration } from "../config/duration";
import type { Pause } from "../pause";
import type { Peer } from "../pool/peer";
import type { Clock, Rng } from "../ports";
import type { Balancer, BalancerFactory, PickInput, Sample } from "./contract";
import { Latency } from "./latency";
import { WeightedSampler } from "./weighted-sampler";

const DEFAULT_TAU = "10s";
const LEAST_TAU_MS = 100;
const MOST_TAU_MS = 3_600_000;

/** Half a millisecond's work. */
const PEERS_PER_PAUSE = 500;

/** Of any peer until `settle` has made one for it; nobody writes to it. */
const NEWCOMER = new Latency(1);

/**
 * Of two peers drawn by weight, the one with the lower `cost * (active + 1) / weight` is picked, where the cost is how long it
 * takes to answer (`Latency`); one that is doubtful only if the other one is as well. What is known of a peer stays with it
 * as long as the upstream has it.
 */
class PeakEwma implements Balancer {
  private readonly sampler: WeightedSampler;
  private peers: readonly Peer[] = [];
  private latencies = new LuaMap<Peer, Latency>();

  constructor(
    rng: Rng,
    private readonly clock: Clock,
    private readonly tauS: number,
  ) {
    this.sampler = new WeightedSampler(rng);
  }

  update(peers: readonly Peer[]): void {
    this.peers = peers.slice();
    this.sampler.update(peers);
  }

  settle(pause: Pause): void {
    const { peers } = this;
    const latencies = new LuaMap<Peer, Latency>();
    let steps = 0;
    for (const peer of peers) {
      latencies.set(peer, this.latencies.get(peer) ?? new Latency(this.tauS));
      steps += 1;
      if (steps % PEERS_PER_PAUSE === 0) pause();
      // Another update came in the pause, and what comes after that one does this as well.
      if (this.peers !== peers) return;
    }
    this.latencies = latencies;
  }

  pick(input: PickInput): Peer | undefined {
    const peer = this.peek(input);
    const latency = peer === undefined ? undefined : this.latencies.get(peer);
    if (latency !== undefined) latency.ask(this.clock.now());
    return peer;
  }

  peek(input: PickInput): Peer | undefined {
    const [first, second] = this.sampler.draw(input);
    if (first === undefined || second === undefined) return first;
    return this.isBetter(second, first, input) ? second : first;
  }

  observe(peer: Peer, sample: Sample): void {
    const latency = this.latencies.get(peer);
    if (latency !== undefined) latency.observe(sample, this.clock.now());
  }

  private isBetter(peer: Peer, other: Peer, input: PickInput): boolean {
    const nowS = this.clock.now();
    const latency = this.latencies.get(peer) ?? NEWCOMER;
    const otherLatency = this.latencies.get(other) ?? NEWCOMER;
    const isDoubtful = latency.isDoubtful(nowS);
    if (isDoubtful !== otherLatency.isDoubtful(nowS)) return !isDoubtful;
    return load(peer, latency.costMs(nowS), input) < load(other, otherLatency.costMs(nowS), input);
  }
}

function load(peer: Peer, costMs: number, input: PickInput): number {
  return (costMs * (input.active(peer) + 1)) / peer.weight;
}

function tauMs(option: unknown): number | undefined {
  if (typeof option !== "string") return undefined;
  const [ms] = parseDuration(option);
  return ms;
}

export const peakEwma: BalancerFactory = {
  name: "peak_ewma",
  needs: ["load", "latency"],
  validate(options) {
    for (const name of Object.keys(options)) {
      if (name !== "tau") return `peak_ewma has no option "${name}"; it takes "tau"`;
    }
    const ms = tauMs(options["tau"] ?? DEFAULT_TAU);
    return ms !== undefined && ms >= LEAST_TAU_MS && ms <= MOST_TAU_MS
      ? undefined
      : '"tau" must be a duration from "100ms" to "1h", such as "10s"';
  },
  create(deps, options) {
    const ms = tauMs(options["tau"]) ?? tauMs(DEFAULT_TAU)!;
    return new PeakEwma(deps.rng, deps.clock, ms / 1000);
  },
};
