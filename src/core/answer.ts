/** What the gateway itself answers, by the code in `Switchboard-Error`. */
const STATUS = {
  bad_handshake: 400,
  no_route: 404,
  upgrade_required: 426,
  internal_error: 500,
  bad_upstream: 502,
  no_live_peer: 503,
  handshake_timeout: 504,
} as const;

export type AnswerCode = keyof typeof STATUS;

export interface Answer {
  readonly code: AnswerCode;
  readonly status: number;
  /** One sentence for whoever reads the body. */
  readonly message: string;
}

export function answer(code: AnswerCode, message: string): Answer {
  return { code, status: STATUS[code], message };
}
