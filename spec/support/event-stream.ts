import http from "node:http";
import { onCleanup } from "./cleanup";
import { waitFor } from "./wait-for";

export interface StreamedEvent {
  readonly id: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A client of a stream of server-sent events, that reads until it is told to pause or to leave. */
export class EventStreamClient {
  /** What came, comments left out. */
  readonly events: StreamedEvent[] = [];
  readonly comments: string[] = [];
  /** As an EventSource would send it when it comes back; 0 before anything came. */
  lastEventId = 0;
  isEnded = false;
  private text = "";

  private constructor(
    private readonly request: http.ClientRequest,
    private readonly response: http.IncomingMessage,
  ) {
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => this.take(chunk));
    response.once("close", () => (this.isEnded = true));
    response.once("error", () => (this.isEnded = true));
  }

  /** @throws Error with status and body, if it is refused */
  static async open(url: string, lastEventId = 0): Promise<EventStreamClient> {
    const headers = lastEventId > 0 ? { "Last-Event-ID": `${lastEventId}` } : {};
    const request = http.get(url, { headers, agent: false });
    onCleanup(() => void request.destroy());
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once("response", resolve);
      request.once("error", reject);
    });
    request.on("error", () => undefined);
    if (response.statusCode !== 200) {
      let body = "";
      for await (const chunk of response) body += String(chunk);
      throw new Error(`${response.statusCode} ${body}`);
    }
    return new EventStreamClient(request, response);
  }

  get headers(): http.IncomingHttpHeaders {
    return this.response.headers;
  }

  ofType(type: string): StreamedEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  /** Waits for an event, which may have come already. */
  next(isIt: (event: StreamedEvent) => boolean, timeoutMs = 10_000): Promise<StreamedEvent> {
    return waitFor(() => this.events.find(isIt), {
      timeoutMs,
      what: `an event; there were ${JSON.stringify(this.events.slice(-20))}`,
    });
  }

  whenEnded(timeoutMs = 10_000): Promise<boolean> {
    return waitFor(() => this.isEnded, { timeoutMs, what: "the end of the stream" });
  }

  /** Takes nothing any more. */
  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  leave(): void {
    this.request.destroy();
  }

  private take(chunk: string): void {
    this.text += chunk;
    const blocks = this.text.split("\n\n");
    this.text = blocks.pop()!;
    for (const block of blocks) this.read(block);
  }

  private read(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split("\n")) {
      const colon = line.indexOf(": ");
      fields.set(line.slice(0, colon), line.slice(colon + 2));
    }
    if (fields.has("id")) this.lastEventId = Number(fields.get("id"));
    if (fields.has("")) this.comments.push(fields.get("")!);
    const data = fields.get("data");
    if (data === undefined) return;
    this.events.push({
      id: this.lastEventId,
      type: fields.get("event") ?? "message",
      data: JSON.parse(data) as Record<string, unknown>,
    });
  }
}
