/** 0: no limit. */
export interface FrameLimits {
  readonly maxFrameBytes: number;
  /** Of all fragments of a message together. */
  readonly maxMessageBytes: number;
  /** Of frames that one message comes in. */
  readonly maxFragments: number;
}
