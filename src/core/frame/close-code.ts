/** 1005 stands for a Close without a code: it is never sent. */
export const NO_CODE = 1005;

export const NORMAL = 1000;
export const GOING_AWAY = 1001;
export const PROTOCOL_ERROR = 1002;
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
  readonly reason: string;
}

/** @param payload of a Close that the scanner let pass */
export function closeSaid(_payload: string): CloseSaid {
  return { code: NO_CODE, reason: "" };
}
