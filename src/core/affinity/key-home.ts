import { WeightLine, type HomeTable } from "../balance/home-table";
import { keyHash } from "../balance/key-hash";
import { buildMaglev } from "../balance/maglev";
import { isSameShare, NOBODY, rosterOf, type Roster } from "../balance/roster";
import { Slices } from "../balance/slices";
import type { Pause } from "../pause";
import type { Peer } from "../pool/peer";

/** That of the balancer `hash` by default, so that both agree. */
const TABLE_SIZE = 65_537;

/** Where keys belong, worked out and not yet in force. */
export interface PreparedHomes {
  readonly roster: Roster;
  readonly table: HomeTable;
}

/**
 * The peer that a key belongs to, whatever its state or health, in every worker and on every gateway: a session goes there if
 * it may, and else where the balancer sends it. It comes back as soon as it may again.
 */
export class KeyHome {
  private homes: PreparedHomes = { roster: NOBODY, table: new WeightLine(NOBODY) };
  /** Counts the calls of `update`. */
  private updates = 0;

  /**
   * Slow path; nothing is in force before `use`.
   * @param primary the configured peers that are no backups; those of no full weight have no keys
   */
  prepare(primary: readonly Peer[], pause: Pause): PreparedHomes {
    const slices = new Slices(pause);
    const roster = rosterOf(primary, slices);
    if (isSameShare(roster, this.homes.roster)) return { roster, table: this.homes.table };
    // Where there is no choice there is nothing to look up.
    if (roster.peers.length < 2) return { roster, table: new WeightLine(roster) };
    return { roster, table: buildMaglev(roster, TABLE_SIZE, slices) };
  }

  use(prepared: PreparedHomes): void {
    this.homes = prepared;
  }

  /** Both at once, unless there is a later call by then, which knows better. */
  update(primary: readonly Peer[], pause: Pause): void {
    this.updates += 1;
    const { updates } = this;
    const prepared = this.prepare(primary, pause);
    if (updates === this.updates) this.use(prepared);
  }

  /**
   * @param key `""`: none, which belongs nowhere
   * @returns `undefined` also for the keys of a peer that is gone, until there is a table without it
   */
  home(key: string): Peer | undefined {
    const { roster, table } = this.homes;
    if (key === "" || roster.peers.length === 0) return undefined;
    const peer = roster.peers[table.home(keyHash(key))]!;
    // It left after the table was made.
    return peer.isRemoved ? undefined : peer;
  }
}
