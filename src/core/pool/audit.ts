/** The counters of one peer as they were read, one after another. */
export interface Counts {
  readonly total: number;
  /** Of the shares of all processes that exist. */
  readonly sum: number;
  /** Processes that have a share, be it 0. */
  readonly holders: number;
}

/** The counters of peers, each peer by one name. */
export interface AuditedCounters {
  read(peer: string): Counts;
  /** Adds to the total. */
  correct(peer: string, delta: number): void;
  /** Removes the total. */
  remove(peer: string): void;
}

/** How often a peer is read in one go while its counters change all the time. */
const MAX_READINGS = 6;

/**
 * Compares the total of each peer with the shares it should be the sum of, while sessions go on being counted. A total
 * is off for a moment in the middle of every update, so it is corrected only if two readings in a row, with no update in
 * between, found the same error, and two more the same one a round later. The correction is added, not written: what is
 * counted meanwhile is not lost.
 */
export class Audit {
  /** Some peer has to be looked at again. */
  hasDoubts = false;
  /** By peer, what its total lacks; 0 if the total is right, and superfluous. */
  private doubts = new LuaMap<string, number>();
  private before = new LuaMap<string, number>();

  constructor(private readonly counters: AuditedCounters) {}

  /** In a round, `inspect` is called once for each peer that has a total. */
  beginRound(): void {
    this.before = this.doubts;
    this.doubts = new LuaMap();
    this.hasDoubts = false;
  }

  /** @param isConfigured a peer that is not loses its total with the last share */
  inspect(peer: string, isConfigured: boolean): void {
    const counts = this.readSteadily(peer);
    if (counts === undefined) return;
    const lack = counts.sum - counts.total;
    if (lack === 0 && (isConfigured || counts.holders > 0)) return;
    if (this.before.get(peer) !== lack) {
      this.doubts.set(peer, lack);
      this.hasDoubts = true;
    } else if (lack === 0) {
      this.counters.remove(peer);
    } else {
      this.counters.correct(peer, lack);
    }
  }

  /** `undefined` if no two readings in a row were the same. */
  private readSteadily(peer: string): Counts | undefined {
    let last = this.counters.read(peer);
    // What adds up needs no second look: nothing comes of it but the end of a peer, and that takes another round.
    if (last.sum === last.total) return last;
    for (const _ of $range(2, MAX_READINGS)) {
      const next = this.counters.read(peer);
      if (next.sum === last.sum && next.total === last.total) return next;
      last = next;
    }
    return undefined;
  }
}
