import type { MoveReason } from "../session/relayed";
import type { EventData } from "./event";
import { Ration } from "./ration";

/** Moves of sessions from one peer for one reason that were not told yet. */
interface Count {
  readonly upstream: string;
  readonly from: string;
  /** `""` where they went to several. */
  to: string | undefined;
  readonly why: MoveReason;
  sessions: number;
  failed: number;
}

const TELL_EVERY_S = 1;
const TOLD_AT_ONCE = 50;
const TOLD_PER_S = 2;

/**
 * Adds up the moves of a worker's sessions, so that a drain of thousands makes an event a second: one for each peer that they leave and each
 * reason. If they are many for long, the rest is one more.
 */
export class MoveTally {
  private counts = new LuaMap<string, Count>();
  private size = 0;
  private readonly ration = new Ration(TOLD_AT_ONCE, TOLD_PER_S);
  private toldAtS = 0;

  /** A session has gone to another peer. */
  moved(upstream: string, from: string, to: string, why: MoveReason): void {
    const count = this.count(upstream, from, why);
    count.sessions += 1;
    if (count.to === undefined) count.to = to;
    else if (count.to !== to) count.to = "";
  }

  /** No other peer has taken it. */
  failed(upstream: string, from: string, why: MoveReason): void {
    this.count(upstream, from, why).failed += 1;
  }

  isDue(nowS: number): boolean {
    // The clock may be set back.
    return this.size > 0 && Math.abs(nowS - this.toldAtS) >= TELL_EVERY_S;
  }

  /** The data of the events to tell. */
  take(nowS: number): readonly EventData[] {
    const { counts } = this;
    this.counts = new LuaMap();
    this.size = 0;
    this.toldAtS = nowS;
    const events: EventData[] = [];
    let others = 0;
    for (const [, { upstream, from, to, why, sessions, failed }] of counts) {
      if (this.ration.take(nowS)) {
        const target = to === "" ? undefined : to;
        events.push({ upstream, from, to: target, why, sessions, failed: failed > 0 ? failed : undefined });
      } else {
        others += sessions;
      }
    }
    if (others > 0) events.push({ why: "others", sessions: others });
    return events;
  }

  private count(upstream: string, from: string, why: MoveReason): Count {
    const key = `${upstream}\n${from}\n${why}`;
    const known = this.counts.get(key);
    if (known !== undefined) return known;
    const count: Count = { upstream, from, to: undefined, why, sessions: 0, failed: 0 };
    this.counts.set(key, count);
    this.size += 1;
    return count;
  }
}
