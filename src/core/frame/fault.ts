/** Why a side's frames are not taken any further, as it is told in a Close. */
export interface FrameFault {
  /** 1002 for what is against RFC 6455, 1007 for a Close whose reason is no UTF-8, 1009 for what is too large. */
  readonly code: number;
  /** For the Close and the log: at most 123 bytes. */
  readonly reason: string;
}
