import type { ConfigError } from "../core/config/findings";

/** Every error the admin API answers, with its status. */
export const ERROR_STATUS = {
  bad_json: 400,
  bad_request: 400,
  filter_required: 400,
  unauthorized: 401,
  forbidden_client: 403,
  forbidden_host: 403,
  forbidden_origin: 403,
  not_found: 404,
  no_such_upstream: 404,
  no_such_peer: 404,
  no_such_session: 404,
  no_such_route: 404,
  no_route: 404,
  method_not_allowed: 405,
  peer_exists: 409,
  last_ready_peer: 409,
  precondition_failed: 412,
  body_too_large: 413,
  unsupported_media_type: 415,
  invalid_config: 422,
  precondition_required: 428,
  internal_error: 500,
  no_live_peer: 503,
  state_not_writable: 503,
  store_full: 503,
  no_leader: 503,
  too_many_readers: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** Why a call was not done. */
export interface Refusal {
  readonly code: ErrorCode;
  /** For people, without control characters. */
  readonly message: string;
  readonly details?: readonly ConfigError[];
}

export function refusal(code: ErrorCode, message: string): Refusal {
  return { code, message };
}

export function statusOf(code: ErrorCode): number {
  return ERROR_STATUS[code];
}
