/** 1005 stands for a Close without a code: it is never sent. */
export const NO_CODE = 1005;

export const NORMAL = 1000;
export const GOING_AWAY = 1001;
export const PROTOCOL_ERROR = 1002;
export const INVALID_PAYLOAD = 1007;
export const POLICY = 1008;
export const TOO_BIG = 1009;
export const INTERNAL_ERROR = 1011;
export const SERVICE_RESTART = 1012;
/** Of a backend that sends its client to another one, where the route takes that: the reason is `peer=<id>`. */
export const REDIRECT = 4300;

/** What the payload of a Close says. */
export interface CloseSaid {
  /** `NO_CODE` if it is empty. */
  readonly code: number;
  /** UTF-8, one char a byte. */
  readonly reason: string;
}

/** @param payload of a Close that the scanner let pass */
export function closeSaid(payload: string): CloseSaid {
  if (payload.length < 2) return { code: NO_CODE, reason: "" };
  return { code: payload.charCodeAt(0) * 256 + payload.charCodeAt(1), reason: payload.substring(2) };
}

/** Whether a Close may say this code: 1000 to 1014 as IANA lists them, but those that are never sent, and 3000 to 4999 (RFC 6455 section 7.4). */
export function isCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== NO_CODE && code !== 1006;
}
