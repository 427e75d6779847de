import http from "node:http";
import https from "node:https";
import type { Endpoint } from "./endpoint";
import { unreachable } from "./refusal";

export interface Call {
  readonly method: string;
  /** With its query, percent-encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/**
 * Sends a call on a connection of its own, as one that is kept alive would hold on to a worker that is about to exit,
 * and returns when the head of the answer is there.
 * @throws Failure if there is none
 */
export function send(endpoint: Endpoint, call: Call): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (endpoint.isTls ? https : http).request({
      ...(endpoint.socketPath === undefined
        ? { host: endpoint.host, port: endpoint.port }
        : { socketPath: endpoint.socketPath }),
      agent: false,
      method: call.method,
      path: endpoint.basePath + call.target,
      headers: { ...call.headers, ...lengthOf(call.body) },
      signal: call.signal,
    });
    request.once("response", resolve);
    request.on("error", (error) => reject(unreachable(endpoint.text, reasonOf(error, call.signal))));
    request.end(call.body);
  });
}

/** Reads an answer to its end. */
export async function readText(
  endpoint: Endpoint,
  response: http.IncomingMessage,
  signal?: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    throw unreachable(endpoint.text, reasonOf(error as Error, signal));
  }
  return Buffer.concat(chunks).toString("utf8");
}

function lengthOf(body: string | undefined): Record<string, string> {
  if (body === undefined) return {};
  return { "content-type": "application/json", "content-length": `${Buffer.byteLength(body)}` };
}

function reasonOf(error: Error, signal: AbortSignal | undefined): string {
  if (signal?.aborted && signal.reason instanceof Error) return signal.reason.message;
  // Where a name has several addresses, each attempt failed for a reason of its own.
  if (error instanceof AggregateError) return (error.errors as Error[]).map((one) => one.message).join("; ");
  return error.message;
}
