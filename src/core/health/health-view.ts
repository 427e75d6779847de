import type { Peer } from "../pool/peer";
import type { HealthRecord } from "./record";

/** What a worker's pools ask of the health that all workers share. */
export interface HealthView {
  /** Of a peer that is new to this worker; `undefined` where nothing is known. */
  record(upstream: string, key: string): HealthRecord | undefined;
  /**
   * Whether a handshake that is about to go to a peer on trial is its trial: one is at a time, over all workers, for as long as
   * a handshake may take.
   */
  claimTrial(peer: Peer, forS: number): boolean;
  /** Nothing came of the trial that this worker had claimed, as when its client left: the next handshake may be it. */
  dropTrial(peer: Peer): void;
}

/** Nothing is known of any peer, and no trial is refused. */
export const NO_HEALTH: HealthView = {
  record: () => undefined,
  claimTrial: () => true,
  dropTrial: () => undefined,
};
