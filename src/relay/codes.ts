import { GOING_AWAY, INTERNAL_ERROR, POLICY, SERVICE_RESTART, TOO_BIG } from "../core/frame/close-code";
import type { CloseReason } from "../core/session/session";

/** The code of the Close that tells a client why the gateway ends its session. */
export const CLIENT_CODE: Readonly<Record<CloseReason, number>> = {
  killed: POLICY,
  drained: SERVICE_RESTART,
  maint: SERVICE_RESTART,
  removed: SERVICE_RESTART,
  down: SERVICE_RESTART,
  exiting: SERVICE_RESTART,
  protocol_error: INTERNAL_ERROR,
  too_big: TOO_BIG,
  too_many: POLICY,
  idle_timeout: GOING_AWAY,
  max_age: GOING_AWAY,
};

/** What goes with it, for people. */
export const CLIENT_REASON: Readonly<Record<CloseReason, string>> = {
  killed: "closed by the operator",
  drained: "the backend is drained",
  maint: "the backend is in maintenance",
  removed: "the backend is removed",
  down: "the backend is down",
  exiting: "the gateway restarts",
  protocol_error: "the backend broke the protocol",
  too_big: "too big",
  too_many: "too many messages",
  idle_timeout: "idle",
  max_age: "the session is too old",
};

/** Where the peer is gone without a Close, and the session goes nowhere else. */
export const PEER_LOST = "the backend is gone";
