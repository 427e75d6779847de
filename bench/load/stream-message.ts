/** The size of each message that the backend streams. */
export const STREAM_MESSAGE_BYTES = 65_536;
