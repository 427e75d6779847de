import type { Clock } from "../ports";

const S_PER_THOUSAND_PEERS = 0.005;

/**
 * To find that nobody can take a session, everybody is asked, which takes milliseconds where they are thousands; and such
 * sessions come in crowds. So for a while nobody is asked again, unless something changes: what ends in other workers is not told of.
 */
export class Rest {
  /** 0: there is none. */
  private endS = 0;

  constructor(private readonly clock: Clock) {}

  /** None of so many peers could take a session. */
  begin(peers: number): void {
    if (peers >= 1000) this.endS = this.clock.now() + longestS(peers);
  }

  end(): void {
    this.endS = 0;
  }

  isOn(peers: number): boolean {
    if (this.endS === 0) return false;
    const leftS = this.endS - this.clock.now();
    // More is left than there ever was: the system's clock was set back.
    if (leftS > 0 && leftS <= longestS(peers) * 2) return true;
    this.endS = 0;
    return false;
  }
}

function longestS(peers: number): number {
  return (peers / 1000) * S_PER_THOUSAND_PEERS;
}
