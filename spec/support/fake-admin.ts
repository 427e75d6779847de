import http from "node:http";
import type { AddressInfo } from "node:net";
import { onCleanup } from "./cleanup";
import * as fixtures from "./admin-fixtures";

export interface AdminRequest {
  readonly method: string;
  /** With its query, as it was sent. */
  readonly target: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Parsed; `undefined` if there was none. */
  readonly body: unknown;
}

export interface AdminAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or text as it is. */
  readonly body?: unknown;
}

/** An answer, or what writes one by itself, piece by piece. */
type Handler = (request: AdminRequest, response: http.ServerResponse) => AdminAnswer | undefined;

/** An admin server that says what a spec tells it to, by method and target without the query. */
export class FakeAdmin {
  readonly requests: AdminRequest[] = [];
  private readonly handlers = new Map<string, Handler>();

  constructor(private readonly server: http.Server) {
    server.on("request", (request: http.IncomingMessage, response) => void this.answer(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  on(call: string, handler: Handler | AdminAnswer): this {
    this.handlers.set(call, typeof handler === "function" ? handler : () => handler);
    return this;
  }

  /** Method and target of every request but those that only look. */
  calls(): string[] {
    return this.requests.map(({ method, target }) => `${method} ${target}`);
  }

  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const seen: AdminRequest = {
      method: request.method!,
      target: request.url!,
      headers: request.headers,
      body: text === "" ? undefined : (JSON.parse(text) as unknown),
    };
    this.requests.push(seen);
    const handler = this.handlers.get(`${seen.method} ${seen.target.split("?")[0]}`) ?? nothingThere;
    const answer = handler(seen, response);
    if (answer === undefined) return;
    const { status = 200, headers = {}, body = {} } = answer;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  }
}

/** @param listen a unix socket in place of a free port of 127.0.0.1 */
export async function startFakeAdmin(listen?: string): Promise<FakeAdmin> {
  const server = http.createServer();
  await new Promise<void>((resolve) =>
    listen === undefined ? server.listen(0, "127.0.0.1", resolve) : server.listen(listen, resolve),
  );
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return new FakeAdmin(server);
}

/** One that knows a gateway with two upstreams: what the documentation shows. */
export async function startExampleAdmin(): Promise<FakeAdmin> {
  return describeExample(await startFakeAdmin());
}

function describeExample(admin: FakeAdmin): FakeAdmin {
  for (const [call, answer] of Object.entries(fixtures.ANSWERS)) admin.on(call, answer);
  return admin.on("GET /v1/events", (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(fixtures.EVENT_STREAM);
    return undefined;
  });
}

export function refusal(status: number, code: string, message: string, details?: unknown): AdminAnswer {
  return { status, body: { error: { code, message, details } } };
}

function nothingThere({ target }: AdminRequest): AdminAnswer {
  return refusal(404, "not_found", `there is nothing at ${target}`);
}
