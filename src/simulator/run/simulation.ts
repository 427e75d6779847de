import type { UpstreamConfig } from "../../core/config/snapshot";
import type { Scenario } from "../scenario/scenario";
import { EPOCH_S, type Step, type Variant } from "../scenario/timeline";
import { ArrivalTimes } from "./arrivals";
import { Crowd } from "./crowd";
import { EventQueue } from "./event-queue";
import { Fleet } from "./fleet";
import type { Outcome } from "./outcome";
import { Randomness, STREAM } from "./randomness";
import { Recorder } from "./recorder";

const MS_PER_S = 1000;

const ARRIVAL = 0;
const SAMPLE = 1;
const STEP = 2;
const FIRST_REFRESH = 3;

/** One variant of a scenario, run to its end. */
export function simulate(scenario: Scenario, variant: Variant): Outcome {
  return new Simulation(scenario, variant).run();
}

/** The clock: what happens next, one event after the other. */
class Simulation {
  private nowS = 0;
  private readonly queue = new EventQueue(1 << 15);
  private readonly firstOfCrowd: number;
  private readonly fleet: Fleet;
  private readonly crowd: Crowd;
  private readonly times: ArrivalTimes;
  private readonly recorder: Recorder;
  /** What the gateways think of the peers. */
  private readonly isUp: Uint8Array;
  private config;
  private step = 0;

  constructor(
    private readonly scenario: Scenario,
    private readonly variant: Variant,
  ) {
    const { seed, gateways, duration_s: durationS, sample_s: sampleS } = scenario;
    const { peerIds, stalenessMs, initial } = variant;
    this.config = initial;
    const clock = { now: () => EPOCH_S + this.nowS };
    const fleet = new Fleet({ seed, gateways, stalenessMs, config: initial, peerIds, clock });
    const recorder = new Recorder(peerIds, Math.floor(durationS / sampleS) + 1, scenario.warmup_s);
    const firstEvent = FIRST_REFRESH + gateways.count;
    const { queue } = this;
    this.crowd = new Crowd(scenario, { now: () => this.nowS, queue, firstEvent, fleet, recorder, peerIds });
    this.fleet = fleet;
    this.recorder = recorder;
    this.firstOfCrowd = firstEvent;
    this.times = new ArrivalTimes(scenario.arrivals, new Randomness(seed, STREAM.arrivals));
    this.isUp = new Uint8Array(peerIds.length).fill(1);
    this.use(initial);
  }

  run(): Outcome {
    const startedMs = performance.now();
    const { scenario, variant, queue, recorder, crowd } = this;
    queue.add(SAMPLE, 0);
    this.addArrival();
    if (variant.steps.length > 0) queue.add(STEP, variant.steps[0]!.atS);
    this.addRefreshes();
    while (true) {
      const event = queue.next();
      if (event === undefined) break;
      this.nowS = queue.timeOf(event);
      if (this.nowS > scenario.duration_s) break;
      this.happen(event);
    }
    return {
      label: variant.label,
      peerIds: variant.peerIds,
      initialPeers: variant.initialPeers,
      lastEventS: variant.steps.at(-1)?.atS,
      series: recorder.series(),
      tally: crowd.tally,
      open: crowd.active.reduce((sum, count) => sum + count, 0),
      away: crowd.countAway(),
      counted: this.fleet.counted(),
      p99: recorder.p99(),
      floodPerS: recorder.floodPerS(),
      meanHandshakeMs: recorder.meanHandshakeMs(),
      slowestHandshakeMs: recorder.slowestHandshakeMs(),
      tookMs: performance.now() - startedMs,
    };
  }

  private happen(event: number): void {
    if (event >= this.firstOfCrowd) this.crowd.happen(event);
    else if (event === ARRIVAL) {
      this.crowd.arrive();
      this.addArrival();
    } else if (event === SAMPLE) {
      this.recorder.sample(this.nowS, this.crowd.active);
      this.queue.add(SAMPLE, this.nowS + this.scenario.sample_s);
    } else if (event === STEP) this.takeSteps();
    else this.refresh(event);
  }

  private addArrival(): void {
    const atS = this.times.after(this.nowS);
    if (atS !== Infinity) this.queue.add(ARRIVAL, atS);
  }

  /** Gateways look at each other's counts at instants of their own, spread over the interval. */
  private addRefreshes(): void {
    const { stalenessMs } = this.variant;
    const { count } = this.scenario.gateways;
    if (stalenessMs === "never" || stalenessMs === 0) return;
    for (let gateway = 0; gateway < count; gateway++)
      this.queue.add(FIRST_REFRESH + gateway, (stalenessMs / MS_PER_S) * (gateway / count));
  }

  private refresh(event: number): void {
    this.fleet.counters[event - FIRST_REFRESH]!.refresh();
    this.queue.add(event, this.nowS + (this.variant.stalenessMs as number) / MS_PER_S);
  }

  private takeSteps(): void {
    const { steps } = this.variant;
    while (this.step < steps.length && steps[this.step]!.atS <= this.nowS) {
      this.take(steps[this.step]!);
      this.step += 1;
    }
    if (this.step < steps.length) this.queue.add(STEP, steps[this.step]!.atS);
  }

  private take(step: Step): void {
    const { crowd } = this;
    for (const peer of this.numbers(step.dead)) crowd.isAlive[peer] = 0;
    for (const peer of this.numbers(step.alive)) {
      crowd.isAlive[peer] = 1;
      crowd.speed.reset(peer);
    }
    for (const peer of this.numbers(step.down)) this.notice(peer, false);
    for (const peer of this.numbers(step.up)) this.notice(peer, true);
    const { latency } = step;
    if (latency !== undefined)
      for (const peer of this.numbers(latency.peers)) crowd.speed.change(peer, latency.meanMs);
    if (step.config !== undefined) this.fleet.apply(step.config);
    this.use(step.config ?? this.config);
    const { clients } = step;
    if (clients !== undefined) crowd.disturb(clients, "peers" in clients ? this.numbers(clients.peers) : []);
  }

  private use(config: UpstreamConfig): void {
    this.config = config;
    this.crowd.retries = config.retries;
    this.crowd.isObserving = this.fleet.isObserving();
    this.recorder.use(config, this.isUp);
  }

  private notice(peer: number, isUp: boolean): void {
    this.isUp[peer] = isUp ? 1 : 0;
    this.fleet.setUp(peer, isUp);
  }

  private numbers(ids: readonly string[] = []): readonly number[] {
    return ids.map((id) => this.variant.peerIds.indexOf(id));
  }
}
