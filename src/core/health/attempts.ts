import type { Peer } from "../pool/peer";
import type { AttemptReport } from "./record";

/**
 * What one worker's attempts at peers come to, until they are reported. The request path only adds to numbers here; an object is
 * made at the first attempt at a peer.
 */
export class Attempts {
  /** The attempt has failed before a 101. @param session its id */
  failed(_peer: Peer, _reason: string, _session: string): void {
    return;
  }

  /**
   * The peer has answered as it should.
   * @param session its id
   * @param earlyCloseMs only what lasts so long is a success
   */
  opened(_peer: Peer, _session: string, _earlyCloseMs: number, _nowS: number): void {
    return;
  }

  /** A session broke off that soon after it opened. */
  closedEarly(_peer: Peer, _reason: string): void {
    return;
  }

  /** The value of `Switchboard-Peer` in an answer. */
  agentSaid(_peer: Peer, _text: string): void {
    return;
  }

  /** What is new since the last call; every tick. */
  take(_nowS: number): readonly AttemptReport[] {
    return [];
  }
}
