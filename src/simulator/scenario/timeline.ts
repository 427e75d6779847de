import { BalancerRegistry } from "../../core/balance/registry";
import type { UpstreamConfig } from "../../core/config/snapshot";
import { UpstreamDraft } from "./upstream-draft";
import { BadScenario, type ScenarioError } from "./errors";
import { expandPeers } from "./peers";
import type { Comparison, Event, Json, Scenario, Staleness } from "./scenario";

/** What happens to the clients of some peers. */
export type ClientAction =
  | { readonly kind: "cut"; readonly peers: readonly string[] }
  | { readonly kind: "pace"; readonly peers: readonly string[]; readonly overS: number }
  | { readonly kind: "shake"; readonly share: number };

/** Something that happens at an instant: in this order, as far as it is there. */
export interface Step {
  readonly atS: number;
  /** Peers that refuse connections from now on, or take them again. */
  readonly dead?: readonly string[];
  readonly alive?: readonly string[];
  /** Peers that the gateways notice are down, or up. */
  readonly down?: readonly string[];
  readonly up?: readonly string[];
  readonly config?: UpstreamConfig;
  /** Peers that answer faster or slower from now on. */
  readonly latency?: { readonly peers: readonly string[]; readonly meanMs: number };
  readonly clients?: ClientAction;
}

/** One of the runs that a scenario compares. */
export interface Variant {
  readonly label: string;
  readonly stalenessMs: Staleness;
  readonly initial: UpstreamConfig;
  readonly steps: readonly Step[];
  /** Every peer that there ever is, by its id. */
  readonly peerIds: readonly string[];
  /** How many of them are there from the start. */
  readonly initialPeers: number;
}

/** What the clock of the gateways says at the start: an instant that is not 0, which would mean "from the start". */
export const EPOCH_S = 1_000_000;

/**
 * What a scenario amounts to: for each of its variants, the configurations that it goes through, as the product's
 * validator makes them.
 * @throws BadScenario
 */
export function makeVariants(scenario: Scenario, registry = new BalancerRegistry()): readonly Variant[] {
  const errors: ScenarioError[] = [];
  const variants: Variant[] = [];
  scenario.compare.forEach((comparison, index) => {
    const variant = makeVariant(scenario, comparison, index, registry, errors);
    if (variant !== undefined) variants.push(variant);
  });
  // What is wrong with all variants is said once.
  const unlike = new Map(errors.map((error) => [`${error.pointer} ${error.message}`, error]));
  if (unlike.size > 0) throw new BadScenario([...unlike.values()]);
  return variants;
}

function makeVariant(
  scenario: Scenario,
  comparison: Comparison,
  index: number,
  registry: BalancerRegistry,
  errors: ScenarioError[],
): Variant | undefined {
  const { upstream, gateways } = scenario;
  const own: Json = typeof comparison === "string" ? { balancer: comparison } : comparison.upstream;
  const place = typeof comparison === "string" ? `/compare/${index}` : `/compare/${index}/upstream`;
  const draft = new UpstreamDraft(registry, errors, !("count" in upstream.peers));
  draft.merge("/upstream", { ...upstream, peers: expandPeers(upstream.peers, 0) });
  draft.merge(place, own);
  const initial = draft.read();
  if (initial === undefined) return undefined;
  const initialPeers = draft.peerIds.length;
  const before = errors.length;
  const steps = makeSteps(scenario.events, draft);
  if (errors.length > before) return undefined;
  const [label, stalenessMs = gateways.staleness_ms] =
    typeof comparison === "string" ? [comparison] : [comparison.label, comparison.staleness_ms];
  return { label, stalenessMs, initial, steps, peerIds: draft.peerIds, initialPeers };
}

interface PlacedEvent {
  readonly event: Event;
  readonly pointer: string;
}

/** The events by time, each made of what those before it left. */
function makeSteps(events: readonly Event[], draft: UpstreamDraft): readonly Step[] {
  const waiting: PlacedEvent[] = events.map((event, index) => ({ event, pointer: `/events/${index}` }));
  const steps: Step[] = [];
  while (waiting.length > 0) {
    waiting.sort((a, b) => a.event.at_s - b.event.at_s);
    const { event, pointer } = waiting.shift()!;
    draft.enter(pointer);
    if (event.do === "roll") waiting.push(...roll(event, draft).map((part) => ({ event: part, pointer })));
    else steps.push(...stepsOf(event, pointer, draft));
  }
  // That a crash is noticed may come after other events.
  return steps.sort((a, b) => a.atS - b.atS);
}

/** One peer after another is drained, gone for a while, and back. */
function roll(event: Event & { readonly do: "roll" }, draft: UpstreamDraft): readonly Event[] {
  const { every_s: everyS, close_over_s: overS, down_s: downS } = event;
  return (event.peers ?? draft.currentIds()).flatMap((id, index): Event[] => {
    const atS = event.at_s + index * everyS;
    return [
      { at_s: atS, do: "drain", peers: [id], close_over_s: overS },
      { at_s: atS + overS + downS, do: "ready", peers: [id] },
    ];
  });
}

function stepsOf(
  event: Exclude<Event, { readonly do: "roll" }>,
  pointer: string,
  draft: UpstreamDraft,
): readonly Step[] {
  const { at_s: atS } = event;
  const nowS = EPOCH_S + atS;
  switch (event.do) {
    case "join":
      return [{ atS, config: draft.join(expandPeers(event.peers, draft.peerIds.length), nowS) }];
    case "remove": {
      const { peers, clients } = event;
      const config = draft.remove(peers);
      return [clients === "stay" ? { atS, config } : { atS, config, clients: { kind: "cut", peers } }];
    }
    case "crash": {
      const peers = draft.known(event.peers);
      const noticedS = atS + event.noticed_after_ms / 1000;
      return [
        { atS, dead: peers, clients: { kind: "cut", peers } },
        { atS: noticedS, down: peers },
      ];
    }
    case "recover": {
      const peers = draft.known(event.peers);
      return [{ atS, alive: peers, up: peers }];
    }
    case "drain": {
      const { peers, close_over_s: overS } = event;
      const config = draft.change(peers, { state: "drain" }, undefined);
      return [
        overS === undefined ? { atS, config } : { atS, config, clients: { kind: "pace", peers, overS } },
      ];
    }
    case "ready":
      return [{ atS, config: draft.change(event.peers, { state: "ready" }, nowS) }];
    case "latency":
      return [{ atS, latency: { peers: draft.known(event.peers), meanMs: event.latency_ms } }];
    case "disconnect":
      return [{ atS, clients: { kind: "shake", share: event.share } }];
    case "set":
      draft.merge(`${pointer}/upstream`, event.upstream);
      return [{ atS, config: draft.read() }];
    case "set_peers":
      return [{ atS, config: draft.change(event.peers, event.fields, undefined) }];
  }
}
