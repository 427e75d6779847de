/** What a frame is (RFC 6455 section 5.2). From CLOSE on they are control frames. */
export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;
