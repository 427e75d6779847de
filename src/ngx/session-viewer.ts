import { sessionText } from "../admin/session-view";
import { showClient } from "../core/listing/client-address";
import { toRfc3339 } from "../core/rfc3339";
import type { SessionTable } from "../core/session/session-table";
import type { Session } from "../core/session/session";
import { slicer, type Chore, type Pause } from "./chore";
import { encodeJson } from "./json";
import { viewedKey, viewKey, VIEWS_KEY } from "./keys";
import { NumberedLog } from "./numbered-log";
import { isGone, pidOf } from "./process";
import type { Processes } from "./processes";
import { socketView } from "./socket-view";

/** What is not read goes by itself. */
const TTL_S = 5;
const TIMEOUT_S = 0.5;
const POLL_S = 0.01;
/** In place of a text. */
const NOT_THERE = "";
const NO_ROOM = "!";

export type ViewFailure = "not_there" | "unanswered" | "no_room";

/**
 * Shows an open session, in whatever process it is. An id begins with the pid of its process: that one alone is asked, through the shared
 * dict, and answers with a text.
 */
export class SessionViewer implements Chore {
  readonly name = "showing sessions";
  readonly outlivesExit = true;
  private readonly asked: NumberedLog;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly processes: Processes,
    private readonly sessions: SessionTable,
  ) {
    this.asked = new NumberedLog(dict, VIEWS_KEY, viewedKey, TTL_S);
  }

  /** The session as JSON. To be called where `ngx.sleep` may be. */
  view(id: string): LuaMultiReturn<[text: string] | [text: undefined, failure: ViewFailure]> {
    if (id.startsWith(this.sessions.prefix)) return textOrFailure(this.describe(id, slicer()));
    const process = this.processOf(id);
    if (process === undefined) return $multi(undefined, "not_there");
    const [number] = this.asked.give(id);
    if (number === undefined) return $multi(undefined, "no_room");
    return this.await(number, process);
  }

  isDue(): boolean {
    return this.asked.isBehind();
  }

  work(pause: Pause): void {
    let next = this.asked.next();
    while (next !== undefined) {
      const { number, text } = next;
      if (text.startsWith(this.sessions.prefix)) this.answer(number, this.describe(text, pause));
      // Nobody else has this pid: the session is of a process that had it before.
      else if (pidIn(text) === ngx.worker.pid()) this.answer(number, NOT_THERE);
      next = this.asked.next();
    }
  }

  private answer(number: number, text: string): void {
    const [isStored] = this.dict.safe_add(viewKey(number), text, TTL_S);
    if (isStored !== true) this.dict.safe_add(viewKey(number), NO_ROOM, TTL_S);
  }

  private await(
    number: number,
    process: string,
  ): LuaMultiReturn<[text: string] | [text: undefined, failure: ViewFailure]> {
    ngx.update_time();
    const deadline = ngx.now() + TIMEOUT_S;
    while (true) {
      const [text] = this.dict.get(viewKey(number));
      if (typeof text === "string") {
        this.dict.delete(viewKey(number));
        return textOrFailure(text);
      }
      ngx.update_time();
      if (ngx.now() >= deadline) return $multi(undefined, isGone(process) ? "not_there" : "unanswered");
      ngx.sleep(POLL_S);
    }
  }

  /** `undefined` where no process with sessions has its pid. */
  private processOf(id: string): string | undefined {
    const pid = pidIn(id);
    const [living] = this.processes.sort(() => undefined);
    for (const process of living) if (pidOf(process.id) === pid) return process.id;
    return undefined;
  }

  private describe(id: string, pause: Pause): string {
    let place = 0;
    while (place < this.sessions.openHighWater()) {
      const session = this.sessions.openAt(place);
      if (session?.id === id) return this.show(session);
      place += 1;
      pause();
    }
    return NOT_THERE;
  }

  private show(session: Session): string {
    const { id, route, peer, openedAt } = session;
    const listed = {
      id,
      client: showClient(socketView.client(session)),
      route,
      upstream: peer?.upstream ?? "",
      peer: peer?.key ?? "",
      worker: ngx.worker.pid(),
      start: toRfc3339(openedAt),
      bytes_to_client: socketView.sentToClient(session),
      bytes_to_peer: socketView.sentToPeer(session),
    };
    return sessionText(listed, this.sessions.relayed.get(session), encodeJson);
  }
}

/** 0 where there is none. */
function pidIn(id: string): number {
  const [pid] = string.match(id, "^(%d+)%-");
  return tonumber(pid) ?? 0;
}

function textOrFailure(
  text: string,
): LuaMultiReturn<[text: string] | [text: undefined, failure: ViewFailure]> {
  if (text === NOT_THERE) return $multi(undefined, "not_there");
  if (text === NO_ROOM) return $multi(undefined, "no_room");
  return $multi(text);
}
