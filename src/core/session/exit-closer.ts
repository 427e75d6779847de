import type { Pause } from "../pause";
import type { Rng } from "../ports";
import { Pace } from "./pace";
import type { SessionTable } from "./session-table";
import { Rounds, type RoundsDeps, type Task, type Tasks } from "./rounds";
import type { Session } from "./session";
import { Turns } from "./turns";

export interface ExitCloserDeps extends RoundsDeps {
  readonly rng: Rng;
}

/** Handshakes that were under way may still open. */
const LOOK_AGAIN_S = 0.5;

/** Closes the sessions of a worker that exits, where their routes want that: those of each route over its own spread. */
export class ExitCloser implements Tasks {
  list: readonly Task[];
  private readonly routes = new LuaMap<string, ExitTask>();
  private readonly rounds: Rounds;

  /** @param beganAtS when the worker began to exit */
  constructor(
    private readonly deps: ExitCloserDeps,
    private readonly beganAtS: number,
  ) {
    // Has no sessions: it makes the looks that find the routes.
    this.list = [new ExitTask(deps, 0, beganAtS)];
    this.rounds = new Rounds(deps);
    this.rounds.wake(beganAtS);
  }

  isDue(): boolean {
    return this.rounds.isDue();
  }

  /** @param pause called between small pieces of work */
  step(pause: Pause): void {
    this.rounds.step(this, pause);
  }

  isChanged(): boolean {
    return false;
  }

  find(session: Session): Task | undefined {
    const route = this.deps.sessions.relayed.get(session)?.route;
    if (route?.relay === undefined || route.relay.onExit !== "close") return undefined;
    let task = this.routes.get(route.id);
    if (task === undefined) {
      task = new ExitTask(this.deps, route.relay.exitSpreadMs, this.beganAtS);
      task.turns.beginLook(this.deps.clock.now());
      this.routes.set(route.id, task);
      this.list = this.list.concat([task]);
    }
    return task;
  }
}

class ExitTask implements Task {
  readonly turns: Turns;
  private readonly sessions: SessionTable;

  constructor({ rng, sessions }: ExitCloserDeps, spreadMs: number, beganAtS: number) {
    this.sessions = sessions;
    this.turns = new Turns(new Pace({ atS: beganAtS, spreadMs }, beganAtS, rng), LOOK_AGAIN_S);
  }

  act(session: Session): void {
    this.sessions.relayed.get(session)?.close("exiting");
  }
}
