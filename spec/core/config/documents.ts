import type { BalancerFactory } from "../../../src/core/balance/contract";
import { BalancerRegistry } from "../../../src/core/balance/registry";
import { leastConn } from "../../../src/core/balance/least-conn";
import { roundRobin } from "../../../src/core/balance/round-robin";
import type { ConfigError } from "../../../src/core/config/validate";
import { validate } from "../../../src/core/config/validate";

export type Json = Record<string, unknown>;

/** Hashes on a key, as far as the validator can tell. */
export const keyed: BalancerFactory = {
  name: "keyed",
  needs: ["key"],
  validate: (options) => (options["factor"] === 0 ? 'its "factor"\nis 0' : undefined),
  create: (deps, options) => roundRobin.create(deps, options),
};

export const registry = new BalancerRegistry([leastConn, roundRobin, keyed]);

const makeUserdata = (globalThis as { newproxy?: (this: void) => unknown }).newproxy;

/** JSON's null: in Lua, cjson makes a userdata of it. */
export const NULL: unknown = makeUserdata === undefined ? null : makeUserdata();

/** Every field, none with its default where another value is possible. */
export function fullDocument(): Json {
  return {
    $schema: "switchboard.schema.json",
    resolver: { addresses: ["127.0.0.1", "[::1]:5353"], ttl_min: "2s", ttl_max: "10m" },
    upstreams: { chat: fullUpstream() },
    routes: [fullRoute()],
  };
}

export function fullUpstream(): Json {
  return {
    balancer: { type: "round_robin", start: 0 },
    peers: [
      {
        id: "a",
        address: "10.0.0.1:8010",
        weight: 5,
        max_conns: 100,
        backup: true,
        zone: "eu-1",
        state: "drain",
      },
      { address: "unix:/run/chat.sock" },
    ],
    tls: { server_name: "chat.internal" },
    host_header: "$host",
    connect_timeout: "500ms",
    handshake_timeout: "3s",
    idle_timeout: "5m",
    total_timeout: "6s",
    tcp_timeout: "90s",
    retries: 1,
    retry_on: ["error"],
    retry_budget: { percent: 12.5, min: 3 },
    slow_start: "1m",
    panic_threshold: 0.25,
    affinity: {
      type: "key",
      name: "peer",
      strict: true,
      path: "/chat",
      max_age: "2h",
      secure: true,
      http_only: false,
      same_site: "None",
    },
    health: {
      passive: {
        max_fails: 3,
        window: "20s",
        max_failure_percent: 30,
        min_attempts: 40,
        eject: "1m",
        max_eject: "10m",
        max_ejected_percent: 25,
        early_close: "2s",
      },
      active: {
        type: "http",
        path: "/up?x=1",
        host: "up.internal:8080",
        port: 8081,
        headers: { "X-Probe": "yes" },
        expect_status: "200,204",
        expect_body: "fine",
        interval: "2s",
        fast_interval: "500ms",
        idle_interval: "20s",
        jitter: 0.2,
        timeout: "500ms",
        rise: 2,
        fall: 3,
        initial: "last",
      },
      agent: true,
      on_down: "close",
    },
    drain: { deadline: "1m", spread: "10s", close: "paced" },
  };
}

export function fullRoute(): Json {
  return {
    id: "rooms",
    hosts: ["Chat.Example.com", "*.example.com", "127.0.0.1", "[::1]"],
    path: "/rooms/{room}/*",
    headers: { "X-Tenant": "a", "X-Debug": false },
    query: { token: true },
    subprotocols: ["chat.v2"],
    priority: -5,
    split: [{ upstream: "chat", weight: 95 }],
    key: "$remote_addr/{room}",
    mode: "relay",
    rewrite: "/ws/{room}/*",
    http: false,
    on_drain: "move",
    on_crash: "move",
    relay: {
      max_message_bytes: 1_048_576,
      max_frame_bytes: 65_536,
      max_fragments: 100,
      messages_per_second: 12.5,
      bytes_per_second: 1_000_000,
      on_excess: "delay",
      message_timeout: "10m",
      max_age: "24h",
      ping_interval: "20s",
      pong_timeout: "5s",
      move_timeout: "3s",
      close_timeout: "2s",
      replay: 1,
      replay_bytes: 4096,
      accept_redirect: true,
      hold_bytes: 16_384,
      on_exit: "close",
      exit_spread: "30s",
      flight_recorder: true,
    },
  };
}

/** One upstream `chat` with fields of its own. */
export function withUpstream(fields: Json): Json {
  return { upstreams: { chat: fields } };
}

/** One upstream `chat` with one peer, which has an address and fields of its own. */
export function withPeer(fields: Json): Json {
  return withUpstream({ peers: [{ address: "10.0.0.1:80", ...fields }] });
}

/** A route to the upstream `chat` with fields of its own. */
export function withRoute(fields: Json): Json {
  return { upstreams: { chat: {} }, routes: [{ id: "r", upstream: "chat", ...fields }] };
}

export function shown(errors: readonly ConfigError[]): string[] {
  return errors.map((error) => `${error.pointer} ${error.message}`);
}

export function errorsOf(document: unknown): string[] {
  return shown(validate(document, registry).errors);
}
