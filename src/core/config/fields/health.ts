import * as formats from "../formats";
import type { ActiveHealthConfig, HealthConfig, PassiveHealthConfig } from "../snapshot";
import type { MapSpec, Spec } from "../specification";
import { boolean, choice, durationMs, integer, number, object, text } from "../specification";
import { DAY_MS, HOUR_MS } from "./spans";

const MAX_HEADERS = 32;

const headers: MapSpec & Spec<ActiveHealthConfig["headers"]> = {
  kind: "map",
  keys: formats.probeHeaderName,
  of: text(formats.headerValue),
  max: MAX_HEADERS,
  isList: false,
};

const passiveHealth = object<PassiveHealthConfig>(
  [
    {
      name: "max_fails",
      into: "maxFails",
      is: integer(1, 1000),
      default: 5,
      about:
        "So many failed handshakes in a row, none later than the window after the one before, eject a peer.",
    },
    {
      name: "window",
      into: "windowMs",
      is: durationMs(1, DAY_MS),
      default: "10s",
      about: "How far back failures count.",
    },
    {
      name: "max_failure_percent",
      into: "maxFailurePercent",
      is: integer(1, 100),
      default: 50,
      about: "If so many percent of the handshakes in the window fail, the peer is ejected too.",
    },
    {
      name: "min_attempts",
      into: "minAttempts",
      is: integer(1, 100_000),
      default: 20,
      about: "With fewer handshakes in the window the percentage says nothing.",
    },
    {
      name: "eject",
      into: "ejectMs",
      is: durationMs(1, DAY_MS),
      default: "30s",
      about: "How long an ejected peer gets no new sessions: so long times how often it was ejected.",
    },
    {
      name: "max_eject",
      into: "maxEjectMs",
      is: durationMs(1, DAY_MS),
      default: "5m",
      about: "The longest ejection.",
    },
    {
      name: "max_ejected_percent",
      into: "maxEjectedPercent",
      is: integer(0, 100),
      default: 50,
      about:
        "No more of the peers are ejected at a time, but for one that always may; the last one that is up never is.",
    },
    {
      name: "early_close",
      into: "earlyCloseMs",
      is: durationMs(0, HOUR_MS),
      default: "0s",
      about:
        "A session that breaks off within so long after its 101 counts as a failed handshake; 0s: none does.",
    },
  ],
  { isSwitchable: true, isSwitchedOnByTrue: true },
);

const activeHealth = object<ActiveHealthConfig>(
  [
    {
      name: "type",
      into: "type",
      is: choice("tcp", "http", "websocket"),
      default: "websocket",
      about: "What a probe does: connect, ask for a page, or open a WebSocket, ping it and close it.",
    },
    {
      name: "path",
      into: "path",
      is: text(formats.requestPath),
      default: "/",
      about: "What http and websocket probes ask for.",
    },
    {
      name: "host",
      into: "host",
      is: text(formats.probeHost),
      default: "",
      about: "The Host header of probes; \"\": the upstream's if it is no template, or the peer's address.",
    },
    {
      name: "port",
      into: "port",
      is: integer(0, 65_535),
      default: 0,
      about: "Where probes connect to on the peer's host; 0: its own port.",
    },
    {
      name: "headers",
      into: "headers",
      is: headers,
      default: {},
      about: "Further headers of http and websocket probes.",
    },
    {
      name: "expect_status",
      into: "expectStatus",
      is: text(formats.statuses),
      default: "200-399",
      about: "What an http probe must be answered: statuses and ranges with commas between.",
    },
    {
      name: "expect_body",
      into: "expectBody",
      is: text(formats.anyText),
      default: "",
      about: "What the first 64 KB of the answer to an http probe must have in them.",
    },
    {
      name: "interval",
      into: "intervalMs",
      is: durationMs(100, DAY_MS),
      default: "5s",
      about: "From one probe of a peer to the next.",
    },
    {
      name: "fast_interval",
      into: "fastIntervalMs",
      is: durationMs(100, DAY_MS),
      default: "1s",
      about: "The same while a peer is on its way down or up, if it is shorter.",
    },
    {
      name: "idle_interval",
      into: "idleIntervalMs",
      is: durationMs(0, DAY_MS),
      default: "0s",
      about: "The same while the upstream has no session and the peer is up, if it is longer.",
    },
    {
      name: "jitter",
      into: "jitter",
      is: number(0, 0.5),
      default: 0.1,
      about: "Up to this part of it, an interval is longer or shorter.",
    },
    {
      name: "timeout",
      into: "timeoutMs",
      is: durationMs(1, HOUR_MS),
      default: "1s",
      about: "How long each step of a probe may take: the connect, the handshake, the pong, the close.",
    },
    {
      name: "rise",
      into: "rise",
      is: integer(1, 100),
      default: 1,
      about: "So many good probes in a row make a peer up; more if it flaps.",
    },
    {
      name: "fall",
      into: "fall",
      is: integer(1, 100),
      default: 2,
      about: "So many failed probes in a row make a peer down.",
    },
    {
      name: "initial",
      into: "initial",
      is: choice("up", "down", "last"),
      default: "up",
      about:
        "What a peer is before its first probe; last: what it was before the gateway was stopped, or up.",
    },
  ],
  { isSwitchable: true, isSwitchedOnByTrue: true },
);

export const health = object<HealthConfig>([
  {
    name: "passive",
    into: "passive",
    is: passiveHealth,
    default: false,
    about: "Learns from the handshakes of clients.",
  },
  { name: "active", into: "active", is: activeHealth, default: false, about: "Probes the peers." },
  {
    name: "agent",
    into: "hasAgent",
    is: boolean(),
    default: false,
    about:
      "Whether a peer may say in the header Switchboard-Peer, in its 101 or the answer to a probe, what it can take.",
  },
  {
    name: "on_down",
    into: "onDown",
    is: choice("keep", "close"),
    default: "keep",
    about:
      "What becomes of the open sessions of a peer that goes down; close: they are closed over drain.spread.",
  },
]);
