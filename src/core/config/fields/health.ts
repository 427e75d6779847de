import * as formats from "../formats";
import type { ActiveHealthConfig, HealthConfig, PassiveHealthConfig } from "../snapshot";
import { choice, durationMs, integer, object, text } from "../specification";
import { DAY_MS, HOUR_MS } from "./spans";

const passiveHealth = object<PassiveHealthConfig>(
  [
    {
      name: "max_fails",
      into: "maxFails",
      is: integer(1, 1000),
      default: 5,
      about: "So many failed handshakes within the window eject a peer.",
    },
    {
      name: "window",
      into: "windowMs",
      is: durationMs(1, DAY_MS),
      default: "10s",
      about: "How far back failures count.",
    },
    {
      name: "eject",
      into: "ejectMs",
      is: durationMs(1, DAY_MS),
      default: "30s",
      about: "How long an ejected peer gets no new sessions.",
    },
  ],
  { isSwitchable: true },
);

const activeHealth = object<ActiveHealthConfig>(
  [
    {
      name: "type",
      into: "type",
      is: choice("tcp", "http", "websocket"),
      default: "websocket",
      about: "What a probe does: connect, ask for a page, or open a WebSocket.",
    },
    {
      name: "path",
      into: "path",
      is: text(formats.requestPath),
      default: "/",
      about: "What http and websocket probes ask for.",
    },
    {
      name: "interval",
      into: "intervalMs",
      is: durationMs(100, DAY_MS),
      default: "5s",
      about: "From one probe of a peer to the next.",
    },
    {
      name: "timeout",
      into: "timeoutMs",
      is: durationMs(1, HOUR_MS),
      default: "1s",
      about: "When a probe has failed.",
    },
    {
      name: "rise",
      into: "rise",
      is: integer(1, 100),
      default: 1,
      about: "So many good probes in a row make a peer up.",
    },
    {
      name: "fall",
      into: "fall",
      is: integer(1, 100),
      default: 2,
      about: "So many failed probes in a row make a peer down.",
    },
  ],
  { isSwitchable: true },
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
]);
