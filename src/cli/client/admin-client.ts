import { readText, send } from "./connection";
import type { Call } from "./connection";
import type { Endpoint } from "./endpoint";
import { Refusal, unreachable } from "./refusal";
import type { ApiError } from "./shapes";

export interface ClientOptions {
  readonly endpoint: Endpoint;
  readonly token?: string;
  /** For a whole call; a stream only has to begin within it. */
  readonly timeoutMs: number;
}

export interface Request {
  readonly body?: unknown;
  readonly ifMatch?: string;
  /** Query parameters; those that are `undefined` are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Gives the call up. */
  readonly signal?: AbortSignal;
}

export interface Answer<T> {
  readonly document: T;
  readonly etag?: string;
  /** The change is durable but not yet in force in every worker, or goes on: status 202. */
  readonly isPending: boolean;
}

const SILENCE_MS = 60_000;

/** Calls the admin API. Every call ends: with an answer, a `Refusal`, or a `Failure` after `timeoutMs`. */
export class AdminClient {
  constructor(private readonly options: ClientOptions) {}

  get timeoutMs(): number {
    return this.options.timeoutMs;
  }

  async get<T>(path: string, query?: Request["query"], signal?: AbortSignal): Promise<T> {
    return (await this.call<T>("GET", path, { query, signal })).document;
  }

  async call<T>(method: string, path: string, request: Request = {}): Promise<Answer<T>> {
    const { endpoint } = this.options;
    const deadline = this.deadline();
    try {
      const signal =
        request.signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, request.signal]);
      const response = await send(endpoint, this.toCall(method, path, request, signal));
      const text = await readText(endpoint, response, signal);
      const status = response.statusCode!;
      const document = this.parse(text, status);
      if (status >= 300) throw this.refusal(status, document);
      return { document: document as T, etag: response.headers.etag, isPending: status === 202 };
    } finally {
      deadline.clear();
    }
  }

  /** Opens a stream of events and gives the pieces of its text as they come, until it ends or `signal` says so. */
  async *stream(
    path: string,
    query: Request["query"],
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const { endpoint } = this.options;
    const deadline = this.deadline();
    const either = AbortSignal.any([signal, deadline.signal]);
    try {
      const call = this.toCall("GET", path, { query }, either);
      const resume: Record<string, string> =
        lastEventId === undefined ? {} : { "last-event-id": lastEventId };
      const response = await send(endpoint, {
        ...call,
        headers: { ...call.headers, accept: "text/event-stream", ...resume },
      });
      if (response.statusCode !== 200) {
        const text = await readText(endpoint, response, either);
        throw this.refusal(response.statusCode!, this.parse(text, response.statusCode!));
      }
      deadline.clear();
      response.setEncoding("utf8");
      // A gateway whose machine vanished says nothing more. One that is there says something every 15 s.
      response.socket.setTimeout(SILENCE_MS, () => response.destroy());
      for await (const chunk of response) yield chunk as string;
    } finally {
      deadline.clear();
    }
  }

  private toCall(method: string, path: string, request: Request, signal: AbortSignal): Call {
    const { token } = this.options;
    const { body, ifMatch, query } = request;
    return {
      method,
      target: path + queryString(query),
      headers: {
        accept: "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    };
  }

  private deadline(): { signal: AbortSignal; clear: () => void } {
    const controller = new AbortController();
    const { timeoutMs } = this.options;
    const timer = setTimeout(() => controller.abort(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
    return { signal: controller.signal, clear: () => clearTimeout(timer) };
  }

  private parse(text: string, status: number): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw unreachable(
        this.options.endpoint.text,
        `what answers there (${status}) is not Switchboard's admin API`,
      );
    }
  }

  private refusal(status: number, document: unknown): Error {
    const error = (document as { error?: ApiError } | null)?.error;
    if (typeof error?.code === "string") return new Refusal(status, error, document);
    return unreachable(
      this.options.endpoint.text,
      `what answers there (${status}) is not Switchboard's admin API`,
    );
  }
}

function queryString(query: Request["query"] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}
