import type { Gateway } from "./gateway";

export interface AdminReply<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, decoded; `undefined` if it is not JSON. */
  readonly json: T;
}

export interface AdminRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = { "content-type": "application/json" };

/** One call of the admin API, on a connection of its own: one that is kept alive ends up in a worker about to exit. */
export async function adminRequest<T = unknown>(
  gateway: Gateway,
  method: string,
  target: string,
  { body, headers = {} }: AdminRequest = {},
): Promise<AdminReply<T>> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}${target}`, {
    method,
    headers: { connection: "close", ...(body === undefined ? {} : JSON_TYPE), ...headers },
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: decode(text) as T };
}

function decode(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
