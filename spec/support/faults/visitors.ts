import net from "node:net";
import { onCleanup } from "../cleanup";
import type { Gateway } from "../gateway";
import { handshakeBytes } from "../raw-request";
import { waitFor } from "../wait-for";

/** For `locationExtra`: tells with every answer which peers were tried for it. */
export const NAME_TRIED = "add_header Tried $upstream_addr always;";

/** What a client of the load asks for; probes ask for something else. */
export const VISIT_PATH = "/visit";

/** A handshake, a message that comes back, and a close. Times are since the epoch. */
export interface Visit {
  readonly startMs: number;
  /** When the answer to the handshake was there, or it was clear that none comes. */
  readonly answeredMs: number;
  /** 0: none came. */
  readonly status: number;
  readonly retryAfter: string;
  /** Who answered; `""`: no backend. */
  readonly backend: string;
  /** The addresses it was sent to, one after another. */
  readonly tried: readonly string[];
  /** Whether the message came back. */
  readonly wasServed: boolean;
}

const TICK_MS = 5;
/** For an answer, and for the message to come back. */
const PATIENCE_MS = 6_000;
const TALK_PATIENCE_MS = 2_500;
const MESSAGE = Buffer.from([0x81, 0x82, 0, 0, 0, 0, ...Buffer.from("hi")]);
const CLOSE = Buffer.from([0x88, 0x80, 0, 0, 0, 0]);

/** Clients who come when it is their time, however long those before them take. */
export class Visitors {
  /** Those that have ended, in that order. */
  readonly visits: Visit[] = [];
  private readonly pending = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private begun = 0;

  constructor(gateway: Gateway, perSecond: number) {
    const startedMs = performance.now();
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedMs) * perSecond) / 1000);
      for (; this.begun < due; this.begun += 1) this.begin(gateway.port);
    }, TICK_MS);
    onCleanup(() => clearInterval(this.timer));
  }

  /** Waits until so many more have been served. */
  async whenServed(count: number): Promise<void> {
    const goal = this.served() + count;
    await waitFor(() => this.served() >= goal, { what: `${count} visits` });
  }

  /** When the first one began that this backend served, from then on. */
  async servedBy(backend: string, sinceMs: number, timeoutMs: number): Promise<number> {
    const isIt = (visit: Visit): boolean =>
      visit.backend === backend && visit.startMs >= sinceMs && visit.wasServed;
    const found = await waitFor(() => this.visits.find(isIt), {
      timeoutMs,
      what: `${backend} to be used again`,
    });
    return found.startMs;
  }

  /** Nobody comes any more; resolves when all who came have gone. */
  async end(): Promise<readonly Visit[]> {
    clearInterval(this.timer);
    await Promise.all(this.pending);
    return this.visits;
  }

  private served(): number {
    return this.visits.filter(({ wasServed }) => wasServed).length;
  }

  private begin(port: number): void {
    const done = visit(port).then((result) => {
      this.visits.push(result);
      this.pending.delete(done);
    });
    this.pending.add(done);
  }
}

async function visit(port: number): Promise<Visit> {
  const startMs = Date.now();
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
  let received = "";
  let answeredMs = 0;
  let wasServed = false;
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  let patience = setTimeout(() => socket.destroy(), PATIENCE_MS);
  socket.on("error", () => undefined);
  socket.write(handshakeBytes(VISIT_PATH));
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) return;
    if (answeredMs === 0) {
      answeredMs = Date.now();
      clearTimeout(patience);
      patience = setTimeout(() => socket.destroy(), TALK_PATIENCE_MS);
      if (statusOf(received) === 101) socket.write(MESSAGE);
      else socket.end();
    }
    if (!wasServed && statusOf(received) === 101 && received.length > end + "\r\n\r\n".length) {
      wasServed = true;
      socket.write(CLOSE);
    }
  });
  await closed;
  clearTimeout(patience);
  return {
    startMs,
    answeredMs: answeredMs === 0 ? Date.now() : answeredMs,
    status: statusOf(received),
    retryAfter: fieldOf(received, "retry-after"),
    backend: fieldOf(received, "backend"),
    tried: fieldOf(received, "tried").split(", ").filter(Boolean),
    wasServed,
  };
}

function statusOf(received: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0);
}

function fieldOf(received: string, name: string): string {
  return new RegExp(`^${name}: (.*)\r$`, "im").exec(received)?.[1] ?? "";
}
