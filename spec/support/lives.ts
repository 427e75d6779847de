import type { AskedChange, Expected } from "./asked-changes";
import { ask, AT_FIRST, nextChange, readExpected, weightsInForce } from "./asked-changes";
import type { DiskFault } from "./disk-faults";
import { setFault } from "./disk-faults";
import type { Gateway } from "./gateway";

/** The lives of one gateway, one after another in the same folder, and what it has answered for in all of them. */
export class Lives {
  private now: Expected = AT_FIRST;
  /** Asked for and not answered: it may have been made. */
  private inFlight: AskedChange | undefined;
  private asked = 0;

  constructor(
    private readonly gateway: Gateway,
    private readonly lengthBytes: number,
  ) {}

  /** Makes changes until no answer comes. @returns whether none came in the end */
  async change(limit: number): Promise<boolean> {
    for (let count = 0; count < limit; count += 1) {
      const change = nextChange(this.now, this.asked, this.lengthBytes);
      this.asked += 1;
      this.inFlight = change;
      const status = await ask(this.gateway, change);
      if (status === undefined) return true;
      this.inFlight = undefined;
      if (status < 200 || status > 299) throw new Error(`${change.method} ${change.target}: ${status}`);
      this.now = change.leadsTo;
    }
    return false;
  }

  /** One life, with a fault or without: what it says must be what was answered. @returns whether the fault has killed it */
  async live(fault: DiskFault | undefined, changes: number): Promise<boolean> {
    setFault(this.gateway, fault);
    let isKilled = true;
    // It may die before it takes connections, and before it can say anything.
    if (await succeeds(() => this.gateway.start())) {
      if (await this.compare(fault !== undefined)) isKilled = await this.change(changes);
    }
    await this.gateway.kill();
    return isKilled;
  }

  private async compare(mayDie: boolean): Promise<boolean> {
    let found: Expected;
    let inForce: unknown;
    try {
      found = await readExpected(this.gateway);
      inForce = await weightsInForce(this.gateway);
    } catch (error) {
      if (mayDie) return false;
      throw error;
    }
    const isMade = this.inFlight !== undefined && isSame(this.inFlight.leadsTo, found);
    if (isMade) this.now = this.inFlight!.leadsTo;
    expect(comparable(found)).toEqual(comparable(this.now));
    expect(inForce).toEqual(found.weights);
    this.inFlight = undefined;
    return true;
  }
}

async function succeeds(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    return false;
  }
}

function isSame(a: Expected, b: Expected): boolean {
  return JSON.stringify(comparable(a)) === JSON.stringify(comparable(b));
}

function comparable({ base, weights, routes }: Expected): unknown {
  return [base, Object.entries(weights).sort(), [...routes].sort()];
}
