import { joined, label, type Exposition } from "./exposition";
import {
  CLOSES,
  OPENED,
  OUTCOMES,
  ROUTE_ANY_CLOSES,
  ROUTE_ANY_HANDSHAKES,
  ROUTE_ANY_RELAYED,
  ROUTE_ANY_REQUESTS,
  ROUTE_BYTES_TO_CLIENT,
  ROUTE_BYTES_TO_PEER,
  ROUTE_CLOSES,
  ROUTE_EMPTY_KEYS,
  ROUTE_HANDSHAKES,
  ROUTE_LAYOUT,
  ROUTE_RELAY_CLOSES,
  ROUTE_REQUESTS,
  ROUTE_RETRIES,
} from "./layout";
import { routeName } from "./names";
import { RELAY_CLOSES } from "./relay-closes";
import type { MetricsWorld } from "./world";

interface RouteEntry {
  readonly id: string;
  readonly name: string;
  readonly label: string;
}

const { codes } = ROUTE_LAYOUT;

export function writeRoutes(out: Exposition, world: MetricsWorld): void {
  const routes = world.routes().map((id) => entryOf(id));
  out.begin("switchboard_route_sessions", "gauge", "Open sessions of a route.");
  for (const route of routes) out.sample(route.label, world.active(route.name));
  // What had no route.
  const all = [entryOf("")].concat(routes);
  const read = (route: RouteEntry, place: number): number => world.read(route.name, codes[place]!);
  out.begin("switchboard_handshakes_total", "counter", "WebSocket handshakes, by what became of them.");
  for (const route of all) writeOutcomes(out, route, ROUTE_HANDSHAKES, world, ROUTE_ANY_HANDSHAKES);
  out.begin("switchboard_http_requests_total", "counter", "Plain HTTP requests, by what became of them.");
  for (const route of all) writeOutcomes(out, route, ROUTE_REQUESTS, world, ROUTE_ANY_REQUESTS);
  out.begin("switchboard_retries_total", "counter", "Attempts at another peer after one that failed.");
  for (const route of routes) out.sample(route.label, read(route, ROUTE_RETRIES));
  out.begin("switchboard_empty_keys_total", "counter", "Sessions whose key had nothing in it.");
  for (const route of routes) {
    out.lookOn();
    const count = read(route, ROUTE_EMPTY_KEYS);
    if (count > 0) out.sample(route.label, count);
  }
  out.begin("switchboard_closes_total", "counter", "Ends of WebSockets, by who ended them and why.");
  for (const route of routes) {
    writeCloses(out, route, world, ROUTE_CLOSES, CLOSE_LABELS, ROUTE_ANY_CLOSES);
    writeCloses(out, route, world, ROUTE_RELAY_CLOSES, RELAY_CLOSE_LABELS, ROUTE_ANY_RELAYED);
  }
  out.begin(
    "switchboard_tunnel_bytes_total",
    "counter",
    "Bytes sent for WebSockets that have ended, with those of the handshake.",
  );
  for (const route of routes) {
    out.sample(joined(route.label, TO_CLIENT), read(route, ROUTE_BYTES_TO_CLIENT));
    out.sample(joined(route.label, TO_PEER), read(route, ROUTE_BYTES_TO_PEER));
  }
}

const TO_CLIENT = label("to", "client");
const TO_PEER = label("to", "peer");
const OUTCOME_LABELS = OUTCOMES.map((outcome) => label("outcome", outcome));
const CLOSE_LABELS = labelsOf(CLOSES);
const RELAY_CLOSE_LABELS = labelsOf(RELAY_CLOSES);

function labelsOf(closes: readonly string[]): readonly string[] {
  return closes.map((close) => {
    const [by, why] = close.split(":");
    return joined(label("by", by!), label("why", why!));
  });
}

function entryOf(id: string): RouteEntry {
  return { id, name: routeName(id), label: label("route", id) };
}

/** A route begins with 0 opened ones, so that the first one is an increase; the others are there once there is one. */
function writeOutcomes(
  out: Exposition,
  route: RouteEntry,
  first: number,
  world: MetricsWorld,
  guard: string,
): void {
  if (world.read(route.name, guard) === 0) {
    if (route.id !== "" && first === ROUTE_HANDSHAKES)
      out.sample(joined(route.label, OUTCOME_LABELS[OPENED]!), 0);
    else out.lookOn();
    return;
  }
  for (const place of $range(0, OUTCOMES.length - 1)) {
    const count = world.read(route.name, codes[first + place]!);
    const isShown = count > 0 || (place === OPENED && route.id !== "" && first === ROUTE_HANDSHAKES);
    if (isShown) out.sample(joined(route.label, OUTCOME_LABELS[place]!), count);
  }
}

function writeCloses(
  out: Exposition,
  route: RouteEntry,
  world: MetricsWorld,
  first: number,
  labels: readonly string[],
  guard: string,
): void {
  out.lookOn();
  if (world.read(route.name, guard) === 0) return;
  for (const place of $range(0, labels.length - 1)) {
    const count = world.read(route.name, codes[first + place]!);
    if (count > 0) out.sample(joined(route.label, labels[place]!), count);
  }
}
