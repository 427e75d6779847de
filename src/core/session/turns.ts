import type { Pace } from "./pace";
import type { Session } from "./session";

/** Makes the pace of another round. @param count of the sessions that have a turn in it */
export type NextPace = (this: void, nowS: number, count: number) => Pace;

/** Open sessions that have something coming to them, each in its turn: those that were found, at a pace, and then again. */
export class Turns {
  /** When to look for sessions again, once all had their turns. */
  private lookAtS = 0;
  private found: Session[] = [];
  /** Theirs: an object may serve another session by the time it is its turn. */
  private ids: string[] = [];
  private done = 0;
  private isLooking = false;

  /** @param nextPace absent: one pace for all rounds */
  constructor(
    private pace: Pace,
    private readonly lookAgainS: number,
    private readonly nextPace?: NextPace,
  ) {}

  /** It has begun, and has no session left that it knows of. */
  isLookDue(nowS: number): boolean {
    return this.pace.beginS <= nowS && this.left() === 0 && this.lookAtS <= nowS;
  }

  beginLook(nowS: number): void {
    this.isLooking = true;
    this.lookAtS = nowS + this.lookAgainS;
    if (this.found.length === 0) return;
    this.found = [];
    this.ids = [];
    this.done = 0;
  }

  /** Counts only during a look. */
  put(session: Session): void {
    if (!this.isLooking) return;
    this.found.push(session);
    this.ids.push(session.id);
  }

  endLook(nowS: number): void {
    if (!this.isLooking) return;
    this.isLooking = false;
    const count = this.found.length;
    if (this.nextPace !== undefined && count > 0) this.pace = this.nextPace(nowS, count);
    this.pace.resume(nowS, count);
  }

  /** How many are to have their turns now. */
  due(nowS: number): number {
    return this.pace.due(nowS, this.left());
  }

  /** @returns `undefined` for one that has ended by itself: it had its turn */
  take(): Session | undefined {
    const session = this.found[this.done]!;
    const id = this.ids[this.done];
    this.done += 1;
    return session.isOpen && session.id === id ? session : undefined;
  }

  wakeAtS(): number {
    return this.left() > 0 ? this.pace.nextAtS : Math.max(this.pace.beginS, this.lookAtS);
  }

  private left(): number {
    return this.found.length - this.done;
  }
}
