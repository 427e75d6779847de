import { inTimer, slicer, type Chore } from "./chore";
import { protect } from "./protect";

/** One turn of a chore. */
interface Turn {
  hasBegun: boolean;
  /** Looks at it while it had not begun. */
  looks: number;
}

/**
 * A timer that is due runs before the loop's next look. One that has not after so many was dropped by nginx, without a word: so
 * it does beyond `lua_max_running_timers`, which other Lua in the same nginx may use up.
 */
const MAX_LOOKS = 20;

/** The turns of a worker's chores. */
export class ChoreRunner {
  private readonly turns = new LuaMap<Chore, Turn>();

  /** To be asked once in each tick. */
  isRunning(chore: Chore): boolean {
    const turn = this.turns.get(chore);
    if (turn === undefined) return false;
    if (turn.hasBegun) return true;
    turn.looks += 1;
    if (turn.looks <= MAX_LOOKS) return true;
    this.turns.delete(chore);
    return false;
  }

  /** Does it in a timer of its own. */
  begin(chore: Chore): void {
    const turn: Turn = { hasBegun: false, looks: 0 };
    this.turns.set(chore, turn);
    inTimer(
      () => {
        if (this.turns.get(chore) !== turn) return;
        turn.hasBegun = true;
        work(chore);
      },
      () => {
        if (this.turns.get(chore) === turn) this.turns.delete(chore);
      },
    );
  }

  /** Does it at once, in a worker that starts no more timers. */
  doNow(chore: Chore): void {
    this.turns.set(chore, { hasBegun: true, looks: 0 });
    work(chore);
    this.turns.delete(chore);
  }
}

function work(chore: Chore): void {
  protect(chore.name, () => chore.work(slicer()));
}
