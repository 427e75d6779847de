import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet, RunningGuard, Word } from "../proxies/guarded/guarded";

const POLL_MS = 50;

/** What a proxy said of the peer, from then on. */
export interface HeardWord extends Word {
  readonly atMs: number;
}

/** Asks a proxy about one peer again and again, and keeps every change of its word. */
export class Listening {
  private readonly words: HeardWord[] = [];
  private isOver = false;
  private readonly asking: Promise<void>;

  private constructor(proxy: RunningGuard, peer: Fleet["peers"][number]) {
    this.asking = this.ask(proxy, peer);
  }

  static begin(proxy: RunningGuard, peer: Fleet["peers"][number]): Listening {
    return new Listening(proxy, peer);
  }

  async end(): Promise<readonly HeardWord[]> {
    this.isOver = true;
    await this.asking;
    return this.words;
  }

  private async ask({ word }: RunningGuard, peer: Fleet["peers"][number]): Promise<void> {
    if (word === undefined) return;
    while (!this.isOver) {
      // While it is being reloaded it may have no ear.
      const heard = await word(peer).catch(() => undefined);
      if (heard !== undefined && heard.isUp !== this.words.at(-1)?.isUp)
        this.words.push({ ...heard, atMs: Date.now() });
      await sleep(POLL_MS);
    }
  }
}
