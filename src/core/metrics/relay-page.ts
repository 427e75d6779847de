import { PAUSE_BOUNDS_S, ROUND_TRIP_BOUNDS_S } from "./buckets";
import { joined, label, type Exposition } from "./exposition";
import {
  FRAME_FAULTS,
  MOVE_REASONS,
  ROUTE_ANY_RELAYED,
  ROUTE_FRAME_FAULTS,
  ROUTE_LAYOUT,
  ROUTE_MESSAGES_FROM_CLIENT,
  ROUTE_MESSAGES_FROM_PEER,
  ROUTE_PAYLOAD_FROM_CLIENT,
  ROUTE_PAYLOAD_FROM_PEER,
  UPSTREAM_ANY_MOVES,
  UPSTREAM_ANY_ROUND_TRIPS,
  UPSTREAM_CLIENT_ROUND_TRIPS,
  UPSTREAM_FAILED_MOVES,
  UPSTREAM_LAYOUT,
  UPSTREAM_MOVES,
  UPSTREAM_PAUSES,
  UPSTREAM_PEER_ROUND_TRIPS,
  UPSTREAM_UNCONFIRMED,
} from "./layout";
import { routeName, upstreamName } from "./names";
import type { MetricsWorld } from "./world";

/** An owner that has something to tell, and its label. */
interface Entry {
  readonly name: string;
  readonly label: string;
  read(this: void, place: number): number;
}

const FROM_CLIENT = label("from", "client");
const FROM_PEER = label("from", "peer");
const OF_CLIENT = label("side", "client");
const OF_PEER = label("side", "peer");
const DONE = label("result", "done");
const FAILED = label("result", "failed");
const REASON_LABELS = MOVE_REASONS.map((reason) => label("reason", reason));
const FAULT_LABELS = FRAME_FAULTS.map((code) => label("code", code));

/** What there is in relay mode only. Series begin with what they count. */
export function writeRelay(out: Exposition, world: MetricsWorld): void {
  const routeIds = world.routes();
  const routes = entries(out, world, routeIds, "route", routeName, ROUTE_LAYOUT.codes, ROUTE_ANY_RELAYED);
  writeMessages(out, routes);
  const names = world.pools().map(({ config }) => config.name);
  const { codes } = UPSTREAM_LAYOUT;
  const movers = entries(out, world, names, "upstream", upstreamName, codes, UPSTREAM_ANY_MOVES);
  writeMoves(out, movers);
  writeRoundTrips(out, entries(out, world, names, "upstream", upstreamName, codes, UPSTREAM_ANY_ROUND_TRIPS));
}

function entries(
  out: Exposition,
  world: MetricsWorld,
  ids: readonly string[],
  kind: string,
  nameOf: (this: void, id: string) => string,
  codes: readonly string[],
  guard: string,
): readonly Entry[] {
  const found: Entry[] = [];
  for (const id of ids) {
    const name = nameOf(id);
    out.lookOn();
    if (world.read(name, guard) > 0) {
      found.push({ name, label: label(kind, id), read: (place) => world.read(name, codes[place]!) });
    }
  }
  return found;
}

function writeMessages(out: Exposition, routes: readonly Entry[]): void {
  const write = (fromClient: number, fromPeer: number): void => {
    for (const route of routes) {
      out.sampleOf(route.label, FROM_CLIENT, route.read(fromClient));
      out.sampleOf(route.label, FROM_PEER, route.read(fromPeer));
    }
  };
  out.begin("switchboard_relay_messages_total", "counter", "Messages of relay sessions that have ended.");
  write(ROUTE_MESSAGES_FROM_CLIENT, ROUTE_MESSAGES_FROM_PEER);
  out.begin(
    "switchboard_relay_payload_bytes_total",
    "counter",
    "Bytes of payload in the messages of relay sessions that have ended.",
  );
  write(ROUTE_PAYLOAD_FROM_CLIENT, ROUTE_PAYLOAD_FROM_PEER);
  out.begin(
    "switchboard_frames_refused_total",
    "counter",
    "Frames that were not taken, by the side that sent them and the code of the Close it got.",
  );
  for (const route of routes) {
    writeCounts(out, route, ROUTE_FRAME_FAULTS, OF_CLIENT, FAULT_LABELS);
    writeCounts(out, route, ROUTE_FRAME_FAULTS + FRAME_FAULTS.length, OF_PEER, FAULT_LABELS);
  }
}

function writeMoves(out: Exposition, upstreams: readonly Entry[]): void {
  out.begin("switchboard_moves_total", "counter", "Moves of sessions to another peer, by reason and result.");
  for (const upstream of upstreams) {
    writeCounts(out, upstream, UPSTREAM_MOVES, DONE, REASON_LABELS);
    writeCounts(out, upstream, UPSTREAM_FAILED_MOVES, FAILED, REASON_LABELS);
  }
  out.begin(
    "switchboard_move_pause_seconds",
    "histogram",
    "How long a move kept a client's messages waiting.",
  );
  for (const { label: labels, read } of upstreams) {
    out.histogram(labels, PAUSE_BOUNDS_S, UPSTREAM_PAUSES, read);
  }
  out.begin(
    "switchboard_unconfirmed_messages_total",
    "counter",
    "Messages handed to peers that broke off before they confirmed them.",
  );
  for (const { label: labels, read } of upstreams) out.sample(labels, read(UPSTREAM_UNCONFIRMED));
}

function writeRoundTrips(out: Exposition, upstreams: readonly Entry[]): void {
  out.begin("switchboard_ping_round_trip_seconds", "histogram", "From the gateway's ping to its pong.");
  for (const { label: labels, read } of upstreams) {
    out.histogram(joined(labels, OF_CLIENT), ROUND_TRIP_BOUNDS_S, UPSTREAM_CLIENT_ROUND_TRIPS, read);
    out.histogram(joined(labels, OF_PEER), ROUND_TRIP_BOUNDS_S, UPSTREAM_PEER_ROUND_TRIPS, read);
  }
}

function writeCounts(
  out: Exposition,
  { label: labels, read }: Entry,
  first: number,
  common: string,
  further: readonly string[],
): void {
  for (const place of $range(0, further.length - 1)) {
    const count = read(first + place);
    if (count > 0) out.sampleOf(labels, joined(common, further[place]!), count);
  }
}
