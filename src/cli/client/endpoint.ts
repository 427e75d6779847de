import { EXIT, Failure } from "../failure";

/** Where the admin API is: over TCP, or in a unix socket. */
export interface Endpoint {
  /** As the operator wrote it, for messages. */
  readonly text: string;
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number;
  /** Path of the unix socket that is used in place of host and port. */
  readonly socketPath?: string;
  /** What stands before `/v1`, without a slash at its end. */
  readonly basePath: string;
}

export const DEFAULT_URL = "http://127.0.0.1:8021";

/** Reads `http://host:port/base`, `https://...` or `unix:/path/of.sock`. */
export function parseEndpoint(text: string): Endpoint {
  if (text.startsWith("unix:/"))
    return {
      text,
      isTls: false,
      host: "localhost",
      port: 80,
      socketPath: text.slice("unix:".length),
      basePath: "",
    };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new Failure(
      `error: "${text}" is not the URL of an admin server, as ${DEFAULT_URL} or unix:/path is`,
      EXIT.usage,
    );
  const isTls = url.protocol === "https:";
  return {
    text,
    isTls,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (isTls ? 443 : 80) : Number(url.port),
    basePath: url.pathname.replace(/\/+$/, ""),
  };
}
