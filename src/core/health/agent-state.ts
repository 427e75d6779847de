import { parseWish } from "./agent";
import type { AgentWish } from "./record";

/** So many faults are told of a peer; one that invents new ones does not fill the log. */
const MAX_FAULTS = 5;

/** What one peer says that it can take. What it says again and again costs one comparison. */
export class AgentState {
  private last: string | undefined;
  private readonly faults: string[] = [];

  /** @param wish as an earlier leader knew it; absent: everything is as configured */
  constructor(public wish: AgentWish | undefined) {}

  /** The peer has said something; a value that is wrong changes nothing. @returns a fault that is new */
  hear(text: string): string | undefined {
    if (text === this.last) return undefined;
    this.last = text;
    const [wish, fault] = parseWish(text);
    if (wish === undefined) return this.isNew(fault) ? fault : undefined;
    const next = isAsConfigured(wish) ? undefined : wish;
    if (!isSame(next, this.wish)) this.wish = next;
    return undefined;
  }

  private isNew(fault: string): boolean {
    if (this.faults.length >= MAX_FAULTS || this.faults.includes(fault)) return false;
    this.faults.push(fault);
    return true;
  }
}

function isAsConfigured(wish: AgentWish): boolean {
  return (
    !wish.isDraining &&
    wish.weight === undefined &&
    wish.weightPercent === undefined &&
    wish.maxConns === undefined
  );
}

function isSame(a: AgentWish | undefined, b: AgentWish | undefined): boolean {
  return (
    a?.isDraining === b?.isDraining &&
    a?.weight === b?.weight &&
    a?.weightPercent === b?.weightPercent &&
    a?.maxConns === b?.maxConns
  );
}
