import { tooMuch, type FrameFault } from "./fault";
import { LENGTH_16, LENGTH_64, faultOfLength, lengthOf16, lengthOf64 } from "./length";
import type { FrameLimits } from "./limits";

/**
 * Of a data frame whose first two bytes are sound, but not its length.
 * @param at where it begins. @param short the length in its seven bits. @param messageBytes of the frames of its message before it
 */
export function faultOfData(
  text: string,
  at: number,
  short: number,
  messageBytes: number,
  limits: FrameLimits | undefined,
): FrameFault {
  let length = short;
  if (short === LENGTH_16) length = lengthOf16(text, at + 2);
  else if (short === LENGTH_64) length = lengthOf64(text, at + 2);
  const fault = faultOfLength(short, length);
  if (fault !== undefined) return fault;
  const { maxFrameBytes, maxMessageBytes, maxFragments } = limits!;
  if (length > limitOf(maxFrameBytes)) return tooMuch("frame", "bytes", "max_frame_bytes", maxFrameBytes);
  if (messageBytes + length > limitOf(maxMessageBytes))
    return tooMuch("message", "bytes", "max_message_bytes", maxMessageBytes);
  return tooMuch("message", "frames", "max_fragments", maxFragments);
}

/** @returns what no number exceeds if there is no limit */
export function limitOf(limit: number): number {
  return limit === 0 ? Infinity : limit;
}
