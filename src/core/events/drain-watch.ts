/** A peer that gets no new sessions, or only bound ones, and what is left on it. */
export interface DrainingPeer {
  readonly upstream: string;
  readonly peer: string;
  readonly state: "drain" | "maint" | "removed";
  /** The sessions that are left are being closed. */
  readonly isClosing: boolean;
  /** Sessions. */
  readonly left: number;
}

export interface DrainEvent {
  readonly upstream: string;
  readonly peer: string;
  readonly phase: "started" | "progress" | "closing" | "done" | "cancelled";
  readonly left: number;
  /** Absent where it is not known any more. */
  readonly state?: string;
}

/** A peer that is not draining any more, or is not there. */
export interface FormerPeers {
  isConfigured(upstream: string, peer: string): boolean;
  left(upstream: string, peer: string): number;
}

/** What was told last of a peer. */
interface Told {
  readonly upstream: string;
  readonly peer: string;
  left: number;
  isClosing: boolean;
  isDone: boolean;
  look: number;
}

/**
 * Finds what to tell about peers that drain, from looks at all of them, one after another. Of each peer one look tells
 * one thing at most.
 */
export class DrainWatch {
  private readonly told = new LuaMap<string, Told>();
  private looks = 0;

  beginLook(): void {
    this.looks += 1;
  }

  /** @returns what is new about the peer */
  look(found: DrainingPeer): DrainEvent | undefined {
    const { upstream, peer, left } = found;
    const told = this.told.get(keyOf(upstream, peer));
    if (told === undefined) {
      const isDone = false;
      const now: Told = { upstream, peer, left, isClosing: found.isClosing, isDone, look: this.looks };
      this.told.set(keyOf(upstream, peer), now);
      return event("started", found);
    }
    told.look = this.looks;
    const isLess = left !== told.left;
    const beginsClosing = found.isClosing && !told.isClosing;
    told.isClosing = found.isClosing;
    told.left = left;
    if (left > 0) told.isDone = false;
    else if (!told.isDone) {
      told.isDone = true;
      return event("done", found);
    }
    if (beginsClosing) return event("closing", found);
    return isLess ? event("progress", found) : undefined;
  }

  /** @returns what is new about peers that this look did not find */
  endLook(former: FormerPeers): readonly DrainEvent[] {
    const events: DrainEvent[] = [];
    const over: string[] = [];
    for (const [key, told] of this.told) if (told.look !== this.looks) over.push(key);
    for (const key of over) {
      const { upstream, peer, isDone } = this.told.get(key)!;
      this.told.delete(key);
      const left = former.left(upstream, peer);
      const isCancelled = left > 0 || former.isConfigured(upstream, peer);
      if (!isDone) events.push({ upstream, peer, left, phase: isCancelled ? "cancelled" : "done" });
    }
    return events;
  }

  /** What another watch has told, in its order: it is not told again. */
  recall({ upstream, peer, phase, left }: DrainEvent): void {
    const key = keyOf(upstream, peer);
    const isClosing = phase === "closing" || (phase === "progress" && this.told.get(key)?.isClosing === true);
    if (phase === "cancelled") this.told.delete(key);
    else this.told.set(key, { upstream, peer, left, isClosing, isDone: phase === "done", look: this.looks });
  }
}

function keyOf(upstream: string, peer: string): string {
  return `${upstream}\n${peer}`;
}

function event(phase: DrainEvent["phase"], { upstream, peer, left, state }: DrainingPeer): DrainEvent {
  return { upstream, peer, phase, left, state };
}
