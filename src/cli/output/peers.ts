import type { PeerView, UpstreamView } from "../client/shapes";
import { count } from "./amounts";
import { ageOf, healthOf, showWish, toneOfHealth } from "./health";
import { paint, printable } from "./style";
import type { Style, Tone } from "./style";
import { renderTable } from "./table";
import type { Column } from "./table";

/** The operator's wish and what has become of it. */
export function stateOf({ state, closing, removed }: PeerView): string {
  return (removed === true ? "removed" : state) + (closing === true ? ",closing" : "");
}

export const PEER_COLUMNS: readonly Column<PeerView>[] = [
  { title: "PEER", show: ({ id }) => id },
  { title: "ADDRESS", show: ({ address }) => address },
  { title: "STATE", show: stateOf, tone: (peer) => toneOfState(peer) },
  { title: "HEALTH", show: healthOf, tone: toneOfHealth },
  { title: "SINCE", show: (peer) => ageOf(peer, Date.now()) },
  { title: "WEIGHT", isNumber: true, show: showWeight },
  { title: "ACTIVE", isNumber: true, show: ({ active }) => active },
  { title: "MAX", isNumber: true, show: ({ max_conns }) => (max_conns === 0 ? "" : max_conns) },
  { title: "BACKUP", show: ({ backup }) => (backup ? "yes" : "") },
  { title: "ZONE", show: ({ zone }) => zone },
  { title: "AGENT", show: ({ agent }) => showWish(agent) },
  { title: "WHY", show: ({ health_reason }) => health_reason },
];

const UPSTREAM_COLUMNS: readonly Column<UpstreamView>[] = [
  { title: "UPSTREAM", show: ({ name }) => name },
  { title: "BALANCER", show: ({ balancer }) => balancer.type },
  { title: "PEERS", isNumber: true, show: ({ peers }) => peers.length },
  { title: "READY", isNumber: true, show: ({ peers }) => peers.filter(isReady).length },
  {
    title: "DOWN",
    isNumber: true,
    show: ({ peers }) => peers.filter(({ health }) => health === "down").length,
    tone: ({ peers }) => (peers.some(({ health }) => health === "down") ? "red" : undefined),
  },
  { title: "ACTIVE", isNumber: true, show: ({ active }) => active },
  { title: "GENERATION", isNumber: true, show: ({ generation }) => generation },
];

export function renderUpstreams(upstreams: readonly UpstreamView[], style: Style): string {
  return renderTable(UPSTREAM_COLUMNS, upstreams, style) + panics(upstreams, style);
}

export function renderPeers(upstream: UpstreamView, style: Style): string {
  return renderTable(PEER_COLUMNS, upstream.peers, style) + panics([upstream], style);
}

function panics(upstreams: readonly UpstreamView[], style: Style): string {
  return upstreams
    .filter(({ panic }) => panic === true)
    .map(({ name }) => printable(`so few peers of ${name} are up that health is ignored`))
    .map((text) => `${paint(style, "red", text)}\n`)
    .join("");
}

/** One peer in one line, as what a change has made of it. */
export function describePeer(upstream: string, peer: PeerView): string {
  const facts = [
    stateOf(peer),
    describeHealth(peer),
    `weight ${peer.weight}`,
    ...(peer.max_conns > 0 ? [`max_conns ${peer.max_conns}`] : []),
    ...(peer.backup ? ["backup"] : []),
    ...(peer.zone === "" || peer.zone === undefined ? [] : [`zone ${peer.zone}`]),
    ...(peer.agent === undefined ? [] : [`says ${showWish(peer.agent)}`]),
    count(peer.active, "session"),
  ];
  const address = peer.address === peer.id ? "" : ` (${peer.address})`;
  return printable(`${upstream}/${peer.id}${address}: ${facts.join(", ")}`);
}

export function isReady({ state, removed }: PeerView): boolean {
  return state === "ready" && removed !== true;
}

/** What slow start makes of it just now stands beside it. */
function showWeight({ weight, effective_weight }: PeerView): string {
  if (effective_weight === undefined || effective_weight === weight) return `${weight}`;
  return `${effective_weight}/${weight}`;
}

function toneOfState(peer: PeerView): Tone | undefined {
  if (isReady(peer)) return "green";
  return peer.state === "maint" || peer.removed === true ? "red" : "yellow";
}

function describeHealth(peer: PeerView): string {
  const reason = peer.health_reason ?? "";
  return peer.health === "up" || reason === "" ? healthOf(peer) : `${healthOf(peer)} (${reason})`;
}
