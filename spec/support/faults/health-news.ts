import { openEvents } from "../events";
import type { EventStreamClient } from "../event-stream";
import { onCleanup } from "../cleanup";
import type { Gateway } from "../gateway";
import { waitFor } from "../wait-for";

export interface HealthNews {
  readonly peer: string;
  readonly to: string;
  readonly reason: string;
  readonly source: string;
  /** When the leader told it, since the epoch. */
  readonly atMs: number;
}

const BACK_MS = 20;

/** Reads all that a gateway tells of the health of its peers; over reloads, whose workers end their streams, too. */
export class HealthListener {
  readonly news: HealthNews[] = [];
  private stream: EventStreamClient | undefined;
  private isOver = false;

  static async start(gateway: Gateway): Promise<HealthListener> {
    const listener = new HealthListener();
    onCleanup(() => listener.end());
    await listener.open(gateway, "?type=health&after=0", 0);
    return listener;
  }

  of(peer: string, sinceMs = 0): HealthNews[] {
    return this.news.filter((one) => one.peer === peer && one.atMs >= sinceMs);
  }

  /** How often and in which order it went up and down. */
  turnsOf(peer: string, sinceMs: number): string[] {
    return this.of(peer, sinceMs)
      .map(({ to }) => to)
      .filter((to) => to === "up" || to === "down");
  }

  async when(peer: string, to: string, sinceMs: number, timeoutMs: number): Promise<HealthNews> {
    return waitFor(() => this.of(peer, sinceMs).find((one) => one.to === to), {
      timeoutMs,
      what: `${peer} to be ${to}; there was ${JSON.stringify(this.of(peer, sinceMs))}`,
    });
  }

  private end(): void {
    this.isOver = true;
    this.stream?.leave();
  }

  private async open(gateway: Gateway, query: string, after: number): Promise<void> {
    const stream = await openEvents(gateway.adminPort, query, after);
    this.stream = stream;
    void this.follow(gateway, stream);
  }

  private async follow(gateway: Gateway, stream: EventStreamClient): Promise<void> {
    let taken = 0;
    const take = (): void => {
      for (; taken < stream.events.length; taken += 1) this.take(stream.events[taken]!.data);
    };
    while (!stream.isEnded && !this.isOver) {
      take();
      await new Promise((resolve) => setTimeout(resolve, BACK_MS));
    }
    take();
    if (!this.isOver) await this.reopen(gateway, stream.lastEventId);
  }

  private async reopen(gateway: Gateway, after: number): Promise<void> {
    const tryOnce = async (): Promise<boolean> => {
      if (this.isOver) return true;
      return this.open(gateway, "?type=health", after).then(
        () => true,
        () => false,
      );
    };
    await waitFor(tryOnce, { what: "the stream of events to be open again" }).catch(() => undefined);
  }

  private take(data: Readonly<Record<string, unknown>>): void {
    const { peer, to, reason, source, time } = data as Record<string, string>;
    this.news.push({
      peer: peer!,
      to: to!,
      reason: reason!,
      source: source!,
      atMs: Date.parse(time!),
    });
  }
}
