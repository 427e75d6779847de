import type { SlowStartConfig } from "../../../src/core/config/snapshot";
import type { Peer } from "../../../src/core/pool/peer";
import { SlowStart } from "../../../src/core/pool/slow-start";
import { aPeer } from "./upstream-fixture";

export const MINUTE: SlowStartConfig = { windowMs: 60_000, minPercent: 10, aggression: 1 };

export const BEGUN_S = 1000;

/** A `SlowStart` and what became of the peers it was used with. */
export class Scene {
  now = BEGUN_S;
  readonly reweighed: string[] = [];

  constructor(
    readonly peers: Peer[],
    readonly config: SlowStartConfig = MINUTE,
    readonly slowStart = new SlowStart(),
  ) {
    slowStart.use(config, peers, this.now);
  }

  /** @returns the weights, in percent */
  after(seconds: number): string {
    this.now += seconds;
    if (!this.slowStart.isIdle)
      this.slowStart.advance(this.now, (peer) => void this.reweighed.push(peer.key));
    return this.weights();
  }

  weights(): string {
    return this.peers.map(({ weight }) => Math.round(weight * 100).toString()).join(" ");
  }

  /** How many of some handshakes, a hundred a second, go to a peer that wants them all. */
  greedy(peer: Peer, handshakes: number): number {
    let had = 0;
    for (const _ of $range(1, handshakes)) {
      this.after(0.01);
      const isAdmitted = this.slowStart.admits(peer);
      if (isAdmitted) had += 1;
      this.slowStart.note(isAdmitted ? peer : undefined);
    }
    return had;
  }
}

export function old(key: string): Peer {
  return aPeer({ key });
}

export function young(key: string, ageS = 0): Peer {
  return aPeer({ key, readySinceS: BEGUN_S - ageS });
}
