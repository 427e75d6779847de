import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client";

const PAUSE_MS = 5;

/** Messages going back and forth on open sockets until it is ended: whoever disturbs one of them is found out. */
export class Conversation {
  private isEnding = false;
  private readonly talks: Promise<number[]>;

  /** @param clients of backends that answer as the classic example does */
  constructor(clients: readonly Client[]) {
    this.talks = Promise.all(clients.map((client) => this.talk(client)));
    // Whoever ends the conversation gets the error; until then nobody waits for it.
    this.talks.catch(() => undefined);
  }

  /** Fails if a socket was closed, an answer was missing or wrong, or a socket had no exchange at all. */
  async end(): Promise<void> {
    this.isEnding = true;
    const exchanges = await this.talks;
    if (exchanges.includes(0)) throw new Error("a socket has exchanged nothing");
  }

  private async talk(client: Client): Promise<number> {
    let exchanges = 0;
    while (!this.isEnding) {
      const text = `message ${exchanges}`;
      const answer = await client.ask(text);
      if (answer !== `Server received from client: ${text}`) throw new Error(`"${text}": "${answer}"`);
      exchanges += 1;
      await sleep(PAUSE_MS);
    }
    return exchanges;
  }
}
