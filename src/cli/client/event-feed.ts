import { setTimeout as sleep } from "node:timers/promises";
import { createParser } from "eventsource-parser";
import type { EventSourceMessage } from "eventsource-parser";
import { EXIT, Failure } from "../failure";
import type { AdminClient } from "./admin-client";

export interface FeedOptions {
  /** Types with commas between; all if it is `undefined`. */
  readonly type?: string;
  /** The id of the last event that is known already; "0" for all that are kept. */
  readonly after?: string;
  readonly signal: AbortSignal;
  /** Called once when an open feed is lost, before it is opened anew. */
  readonly onLost: (reason: string) => void;
}

const RETRY_MS = 1_000;

/**
 * The gateway's events as they happen, until `signal` says so. Where the connection is lost, it goes on behind the last
 * event that it had.
 * @throws Failure where no feed can be opened to begin with, or the gateway refuses one
 */
export async function* eventFeed(
  client: AdminClient,
  options: FeedOptions,
): AsyncGenerator<EventSourceMessage> {
  const { signal, type } = options;
  let lastId = options.after;
  let retryMs = RETRY_MS;
  let isOpen = false;
  let isTold = false;
  while (!signal.aborted) {
    let messages: EventSourceMessage[] = [];
    const parser = createParser({
      onEvent: (message) => messages.push(message),
      onRetry: (ms) => (retryMs = ms),
    });
    let reason = "the gateway ended the stream";
    try {
      for await (const text of client.stream("/v1/events", { type }, lastId, signal)) {
        [isOpen, isTold] = [true, false];
        messages = [];
        parser.feed(text);
        for (const message of messages) {
          lastId = message.id ?? lastId;
          yield message;
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      const isRefused = error instanceof Failure && error.exitCode !== EXIT.unreachable;
      if (isRefused || !isOpen) throw error;
      reason = error instanceof Failure ? error.message : "the connection is lost";
    }
    if (signal.aborted) return;
    isOpen = true;
    if (!isTold) options.onLost(reason);
    isTold = true;
    await sleep(retryMs, undefined, { signal }).catch(() => {});
  }
}
