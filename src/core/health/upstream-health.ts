import type { HealthConfig } from "../config/snapshot";
import type { Rng } from "../ports";
import type { AttemptReport, HealthChange, HealthRecord, ProbeOutcome } from "./record";

/** One live address as the leader watches it. */
export interface Watched {
  readonly key: string;
  readonly address: string;
  /** It takes new sessions if it is up, and is no backup: of these, one is always left. */
  readonly isCandidate: boolean;
}

/** The health of one upstream's peers, as the leader keeps it: observations come in, records and events go out. */
export class UpstreamHealth {
  constructor(
    readonly name: string,
    private readonly rng: Rng,
  ) {}

  /**
   * Slow path: this config and these peers are in force. A peer that was there with the same address goes on as it was.
   * @param recall what an earlier leader has left of a peer
   */
  use(
    _config: HealthConfig,
    _peers: readonly Watched[],
    _recall: (this: void, key: string) => HealthRecord | undefined,
    _nowS: number,
  ): void {
    this.rng.integer(1);
  }

  /** A probe of the peer has ended. */
  probed(_key: string, _outcome: ProbeOutcome, _nowS: number): void {
    return;
  }

  /** A worker has told of its attempts. */
  attempted(_report: AttemptReport, _nowS: number): void {
    return;
  }

  /** Time has passed: ejections end. Cheap while there are none. */
  advance(_nowS: number): void {
    return;
  }

  /** Whether the peer is on its way down or up, and is to be probed more often. */
  isChanging(_key: string): boolean {
    return false;
  }

  isUp(_key: string): boolean {
    return true;
  }

  /** What has changed since the last call. */
  takeChanges(): readonly HealthChange[] {
    return [];
  }
}
