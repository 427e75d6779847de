import type {
  PeerView,
  RouteView,
  ListedSession,
  ShownSession,
  RebalancePlan,
  UpstreamView,
} from "../../src/cli/client/shapes";
import type { AdminAnswer } from "./fake-admin";

export function peer(id: string, fields: Partial<PeerView> = {}): PeerView {
  return {
    id,
    address: id,
    state: "ready",
    closing: false,
    removed: false,
    health: "up",
    health_reason: "",
    on_trial: false,
    weight: 1,
    effective_weight: 1,
    active: 0,
    max_conns: 0,
    backup: false,
    zone: "",
    totals: {},
    ...fields,
  };
}

export function upstream(name: string, peers: readonly PeerView[]): UpstreamView {
  const active = peers.reduce((sum, one) => sum + one.active, 0);
  return { name, balancer: { type: "round_robin" }, generation: 7, active, panic: false, peers };
}

const A = peer("a", { address: "10.0.0.1:8010", active: 412 });
const B = peer("b", {
  address: "10.0.0.2:8010",
  weight: 3,
  effective_weight: 3,
  active: 1209,
  max_conns: 20000,
});
const C = peer("c", { address: "10.0.0.3:8010", state: "drain", closing: true, active: 37 });
const SPARE = peer("unix:/run/chat.sock", {
  backup: true,
  effective_weight: 0.5,
  agent: { state: "ready", weight_percent: 50 },
});
const NEXT = peer("chat-next.internal:8010", {
  health: "down",
  health_reason: "connect timeout",
  health_since: new Date(Date.now() - 190_000).toISOString(),
});

const CHAT = upstream("chat", [A, B, C, SPARE]);
const OTHER = upstream("next", [NEXT]);

const ROUTES: readonly RouteView[] = [
  {
    id: "rooms",
    hosts: ["chat.example.com", "*.chat.example.com"],
    path: "/rooms/{room}/*",
    split: [
      { upstream: "chat", weight: 95 },
      { upstream: "next", weight: 5 },
    ],
    mode: "relay",
    active: 1600,
  },
  { id: "rest", upstream: "chat", active: 58 },
];

const SESSIONS: readonly ListedSession[] = [
  {
    id: "5f2a91c07be34d18",
    client: "203.0.113.7:50112",
    route: "rooms",
    upstream: "chat",
    peer: "a",
    worker: 4711,
    start: "2026-11-22T09:14:03.120Z",
    bytes_to_client: 1_204_331,
    bytes_to_peer: 88_120,
  },
  {
    id: "09be34d185f2a91c",
    client: "203.0.113.9:41230",
    route: "rest",
    upstream: "chat",
    peer: "a",
    worker: 4712,
    start: "2026-11-22T09:15:44.001Z",
    bytes_to_client: 920,
    bytes_to_peer: 410,
  },
];

const SHOWN: ShownSession = {
  ...SESSIONS[0]!,
  mode: "relay",
  moves: 2,
  moved_at: "2026-11-22T11:02:40.518Z",
  moving: false,
  messages_from_client: 1204,
  messages_from_peer: 8120,
  bytes_from_client: 80_412,
  bytes_from_peer: 1_180_220,
  unconfirmed_messages: 0,
  client_rtt_ms: 81.5,
  peer_rtt_ms: 0.31,
  frames: [
    { time: "2026-11-22T11:14:03.120Z", from: "client", opcode: "text", final: true, length: 42 },
    { time: "2026-11-22T11:14:03.131Z", from: "peer", opcode: "text", final: false, length: 65536 },
    { time: "2026-11-22T11:14:03.131Z", from: "peer", opcode: "continuation", final: true, length: 120 },
    { time: "2026-11-22T11:14:09.002Z", from: "gateway", opcode: "ping", final: true, length: 4 },
  ],
};

export const DOCUMENT = {
  upstreams: {
    chat: {
      balancer: "round_robin",
      peers: [
        { id: "a", address: "10.0.0.1:8010", weight: 1 },
        { id: "b", address: "10.0.0.2:8010", weight: 3, max_conns: 20000 },
      ],
    },
  },
  routes: [{ id: "rest", upstream: "chat" }],
};

const STATUS = {
  version: "0.1.0",
  generation: 41,
  workers: 4,
  worker_generations: [
    { generation: 41, workers: 4, sessions: 1630, exiting: false, why: "" },
    { generation: 38, workers: 1, sessions: 28, exiting: true, why: "reload" },
  ],
  totals: { sessions: 1658, upstreams: 2, peers: 5, peers_down: 1, routes: 2 },
  leader: 4711,
  config_error: "",
  last_reload_error: "",
  state_error: "",
  file_shadowed: false,
  overrides: 1,
  dropped_overrides: [],
  uncounted: 0,
  unlisted: 0,
};

const EVENTS = [
  [
    "config",
    {
      id: 118,
      type: "config",
      time: "2026-11-22T09:20:11.402Z",
      generation: 42,
      result: "applied",
      source: "api",
    },
  ],
  [
    "peer",
    {
      id: 119,
      type: "peer",
      time: "2026-11-22T09:20:11.403Z",
      generation: 42,
      upstream: "chat",
      peer: "a",
      change: "state",
      from: "ready",
      to: "drain",
    },
  ],
  [
    "health",
    {
      id: 120,
      type: "health",
      time: "2026-11-22T09:20:12.870Z",
      generation: 42,
      upstream: "next",
      peer: "chat-next.internal:8010",
      to: "down",
      reason: "connect timeout",
      source: "probe",
    },
  ],
] as const;

export function eventText(id: number, type: string, data: unknown): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

export const EVENT_STREAM = EVENTS.map(([type, data]) => eventText(data.id, type, data)).join("");

/** The answer to `rebalance chat`. */
export const PLAN: RebalancePlan = {
  dry_run: false,
  moves: 54,
  rate: 50,
  seconds: 2,
  target: 1.1,
  before: { max_over_mean: 1.5 },
  after: { max_over_mean: 1.095 },
  peers: [
    { id: "a", weight: 1, active: 100, movable: 98, planned: 73 },
    { id: "b", weight: 1, active: 100, movable: 100, planned: 73 },
    { id: "c", weight: 1, active: 0, movable: 0, planned: 54 },
  ],
  unanswered: 0,
};

const CHAT_PEERS = "/v1/upstreams/chat/peers";

/** By method and target. */
export const ANSWERS: Readonly<Record<string, AdminAnswer>> = {
  "GET /v1/status": { body: STATUS },
  "GET /v1/upstreams": { body: { upstreams: [CHAT, OTHER] } },
  "GET /v1/upstreams/chat": { body: CHAT },
  "GET /v1/upstreams/next": { body: OTHER },
  "GET /v1/upstreams/chat/pick": {
    body: { peer: { id: "b", address: "10.0.0.2:8010" }, reason: "round_robin" },
  },
  "POST /v1/upstreams/chat/rebalance": { status: 202, body: PLAN },
  "GET /v1/routes": { body: { routes: ROUTES } },
  "GET /v1/routes/match": {
    body: {
      route: ROUTES[0],
      upstreams: ROUTES[0]!.split,
      params: { room: "42" },
      path: "/rooms/42/history",
    },
  },
  "GET /v1/sessions/5f2a91c07be34d18": { body: SHOWN },
  "GET /v1/sessions": { body: { sessions: SESSIONS } },
  "GET /v1/config": { body: DOCUMENT, headers: { etag: '"41"' } },
  "PUT /v1/config": { body: { generation: 42, warnings: [] } },
  "DELETE /v1/overrides": { body: { generation: 42 } },
  [`POST ${CHAT_PEERS}`]: {
    status: 201,
    body: peer("d", { address: "10.0.0.4:8010", weight: 2, effective_weight: 2 }),
  },
  [`PATCH ${CHAT_PEERS}/a`]: { body: { ...A, weight: 3, max_conns: 20000 } },
  [`POST ${CHAT_PEERS}/a/drain`]: { body: { ...A, state: "drain" } },
  [`POST ${CHAT_PEERS}/a/ready`]: { body: A },
  [`POST ${CHAT_PEERS}/a/maint`]: { body: { ...A, state: "maint", closing: true } },
  [`DELETE ${CHAT_PEERS}/a`]: { body: { ...A, removed: true } },
  "DELETE /v1/sessions/5f2a91c07be34d18": { body: { closed: 1 } },
  "DELETE /v1/sessions": { status: 202, body: { closing: 412, rate: 100 } },
};
