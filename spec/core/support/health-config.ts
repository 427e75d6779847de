import type {
  ActiveHealthConfig,
  HealthConfig,
  PassiveHealthConfig,
} from "../../../src/core/config/snapshot";

/** What validation makes of `"active": true`. */
export const ACTIVE: ActiveHealthConfig = {
  type: "websocket",
  path: "/",
  host: "",
  port: 0,
  headers: {},
  expectStatus: "200-399",
  expectBody: "",
  intervalMs: 5000,
  fastIntervalMs: 1000,
  idleIntervalMs: 0,
  jitter: 0.1,
  timeoutMs: 1000,
  rise: 1,
  fall: 2,
  initial: "up",
};

/** What validation makes of `"passive": true`. */
export const PASSIVE: PassiveHealthConfig = {
  maxFails: 5,
  windowMs: 10_000,
  maxFailurePercent: 50,
  minAttempts: 20,
  ejectMs: 30_000,
  maxEjectMs: 300_000,
  maxEjectedPercent: 50,
  earlyCloseMs: 0,
};

/** Health that learns from handshakes. */
export const WATCHED: HealthConfig = { passive: PASSIVE, hasAgent: false, onDown: "keep" };
