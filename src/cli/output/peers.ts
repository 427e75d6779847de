import type { PeerView, UpstreamView } from "../client/shapes";
import { count } from "./amounts";
import { printable } from "./style";
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
  { title: "HEALTH", show: ({ health }) => health, tone: ({ health }) => toneOfHealth(health) },
  { title: "WEIGHT", isNumber: true, show: showWeight },
  { title: "ACTIVE", isNumber: true, show: ({ active }) => active },
  { title: "MAX", isNumber: true, show: ({ max_conns }) => (max_conns === 0 ? "" : max_conns) },
  { title: "BACKUP", show: ({ backup }) => (backup ? "yes" : "") },
  { title: "ZONE", show: ({ zone }) => zone },
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
  return renderTable(UPSTREAM_COLUMNS, upstreams, style);
}

export function renderPeers({ peers }: UpstreamView, style: Style): string {
  const reasons = peers
    .filter(({ health, health_reason }) => health === "down" && (health_reason ?? "") !== "")
    .map(({ id, health_reason }) => `${printable(`${id} is down: ${health_reason}`)}\n`);
  return renderTable(PEER_COLUMNS, peers, style) + reasons.join("");
}

/** One peer in one line, as what a change has made of it. */
export function describePeer(upstream: string, peer: PeerView): string {
  const facts = [
    stateOf(peer),
    peer.health,
    `weight ${peer.weight}`,
    ...(peer.max_conns > 0 ? [`max_conns ${peer.max_conns}`] : []),
    ...(peer.backup ? ["backup"] : []),
    ...(peer.zone === "" || peer.zone === undefined ? [] : [`zone ${peer.zone}`]),
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

function toneOfHealth(health: string): Tone {
  return health === "up" ? "green" : "red";
}
