import type { Sample } from "./contract";

/** What a balancer is told of a pick that led to no handshake. */
export const UNTIMED: Sample = { kind: "none", latencyMs: 0, isFailed: false };
