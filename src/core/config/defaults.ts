/**
 * The defaults that location-base.conf has as nginx directives too, so that a request of an upstream that keeps them needs
 * nothing set. A spec holds the three places together.
 */
export const DEFAULT_CONNECT_TIMEOUT_MS = 2000;
export const DEFAULT_IDLE_TIMEOUT_MS = 3_600_000;
export const DEFAULT_HOST_HEADER = "$http_host";

/** A configuration file over this size is refused unread. */
export const CONFIG_LIMIT_BYTES = 16 * 1024 * 1024;
