import { adminRequest } from "./admin-request";
import type { Gateway } from "./gateway";
import { waitFor } from "./wait-for";

/** What a gateway is to say of itself, as far as the changes below touch it. */
export interface Expected {
  /** Of the base document; 0: the config file's. */
  readonly base: number;
  readonly weights: Readonly<Record<string, number>>;
  readonly routes: readonly string[];
}

export interface AskedChange {
  readonly method: string;
  readonly target: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly leadsTo: Expected;
}

const PEERS = ["a", "b", "c"] as const;
const ROUTES = ["first", "second"] as const;
const ADDRESS = "127.0.0.1:9";

/** The document that tells its number by the zone of its peers. */
export function documentOf(base: number): { readonly upstreams: object; readonly routes: readonly object[] } {
  const peers = PEERS.map((id) => ({ id, address: ADDRESS, zone: `base-${base}` }));
  return { upstreams: { chat: { peers } }, routes: [{ id: "all", path: "/*", upstream: "chat" }] };
}

export const AT_FIRST: Expected = { base: 0, weights: { a: 1, b: 1, c: 1 }, routes: ["all"] };

/** A change that is none yet: each `number` makes another one. Every eighth replaces everything, and is as long as told. */
export function nextChange(now: Expected, number: number, lengthBytes: number): AskedChange {
  const { weights, routes } = now;
  const route = ROUTES[number % ROUTES.length]!;
  const routePath = `/v1/routes/${route}`;
  if (number % 8 === 7) {
    const body = JSON.stringify(documentOf(number)).padEnd(lengthBytes, " ");
    const leadsTo = { ...AT_FIRST, base: number };
    return { method: "PUT", target: "/v1/config", body, headers: { "if-match": "*" }, leadsTo };
  }
  if (number % 4 === 1) {
    if (routes.includes(route)) {
      const leadsTo = { ...now, routes: routes.filter((id) => id !== route) };
      return { method: "DELETE", target: routePath, leadsTo };
    }
    const body = { path: `/${route}/*`, upstream: "chat" };
    return { method: "PUT", target: routePath, body, leadsTo: { ...now, routes: [...routes, route].sort() } };
  }
  if (number % 4 === 2) {
    if (weights["more"] !== undefined) {
      const { more: _, ...rest } = weights;
      const leadsTo = { ...now, weights: rest };
      return { method: "DELETE", target: "/v1/upstreams/chat/peers/more", leadsTo };
    }
    const body = { id: "more", address: ADDRESS, weight: 2 + (number % 900) };
    const leadsTo = { ...now, weights: { ...weights, more: body.weight } };
    return { method: "POST", target: "/v1/upstreams/chat/peers", body, leadsTo };
  }
  const peer = PEERS[number % PEERS.length]!;
  const weight = 2 + (number % 900);
  const leadsTo = { ...now, weights: { ...weights, [peer]: weight } };
  return { method: "PATCH", target: `/v1/upstreams/chat/peers/${peer}`, body: { weight }, leadsTo };
}

/** @returns the status, or `undefined` if no answer came */
export async function ask(gateway: Gateway, change: AskedChange): Promise<number | undefined> {
  const { method, target, body, headers } = change;
  try {
    return (await adminRequest(gateway, method, target, { body, headers })).status;
  } catch {
    return undefined;
  }
}

interface Shown {
  readonly upstreams: { readonly chat: { readonly peers: readonly ShownPeer[] } };
  readonly routes: readonly { readonly id: string }[];
}

interface ShownPeer {
  readonly id: string;
  readonly weight?: number;
  readonly zone?: string;
}

/** As soon as a worker leads. */
export async function readExpected(gateway: Gateway): Promise<Expected> {
  const { upstreams, routes } = await waitFor(async () => {
    const { status, json } = await adminRequest<Shown>(gateway, "GET", "/v1/config");
    return status === 200 && json;
  });
  const { peers } = upstreams.chat;
  const weights = Object.fromEntries(peers.map(({ id, weight = 1 }) => [id, weight]));
  const base = Number(/\d+/.exec(peers[0]!.zone!)![0]);
  return { base, weights, routes: routes.map(({ id }) => id).sort() };
}

/** What workers send sessions by. */
export async function weightsInForce(gateway: Gateway): Promise<Readonly<Record<string, number>>> {
  const { json } = await adminRequest<{ peers: { id: string; weight: number }[] }>(
    gateway,
    "GET",
    "/v1/upstreams/chat",
  );
  return Object.fromEntries(json.peers.map(({ id, weight }) => [id, weight]));
}
