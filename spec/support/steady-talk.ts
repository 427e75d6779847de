import type { Client } from "./client";

const REPLY = "Server received from client: ";

/**
 * Numbered messages on one open socket, at a steady rate and without waiting for answers: backends of the classic example send
 * each back, and whatever is lost, repeated or out of order shows.
 */
export class SteadyTalk {
  private sent = 0;
  private received = 0;
  private readonly timer: NodeJS.Timeout;
  /** The first thing that was not as it must be. */
  fault: string | undefined;
  hasClosed = false;

  constructor(
    readonly client: Client,
    everyMs: number,
  ) {
    client.socket.on("message", (data) => this.take(String(data)));
    client.socket.once("close", () => this.end());
    this.timer = setInterval(() => this.say(), everyMs);
  }

  /** Which worker has it, where the location names it. */
  get worker(): number {
    return Number(this.client.response.headers["worker"]);
  }

  get exchanged(): number {
    return this.received;
  }

  isSettled(): boolean {
    return this.hasClosed || this.received === this.sent;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private say(): void {
    this.client.send(`${this.sent}`);
    this.sent += 1;
  }

  private take(text: string): void {
    if (text !== `${REPLY}${this.received}`) this.fault ??= `expected ${this.received}, got "${text}"`;
    this.received += 1;
  }

  private end(): void {
    this.hasClosed = true;
    this.stop();
  }
}
