import type { ListedSession, SessionPage } from "../../src/core/listing/page";
import type { Gateway } from "./gateway";

/** For `serverExtra`: lets the functions below reach those of the gateway. */
export const SESSION_CALLS = `location = /session-calls {
  content_by_lua_block {
    local calls = require "resty.switchboard.ngx.session-calls"
    local args = ngx.req.get_uri_args()
    local filter = { upstream = args.upstream, peer = args.peer, route = args.route }
    local function say(value, err)
      if not value then return ngx.exit(400) end
      ngx.update_time()
      value.took_ms = (ngx.now() - ngx.req.start_time()) * 1000
      value.answered_by = ngx.worker.pid()
      ngx.print(require("cjson").encode(value))
    end
    if args.close then say(calls.closeSession(args.close))
    elseif args.rate then say(calls.closeSessionsPaced(filter, tonumber(args.rate)))
    elseif args.closeall then say(calls.closeSessions(filter))
    elseif args.keys then say({ keys = #ngx.shared.switchboard_sessions:get_keys(0) })
    elseif args.room then say({ room = ngx.shared.switchboard_sessions:free_space() })
    elseif args.unlisted then say({ unlisted = calls.countUnlisted() })
    else say(calls.listSessions(filter, tonumber(args.limit or 100), args.after)) end
  }
}`;

export interface Filter {
  readonly upstream?: string;
  readonly peer?: string;
  readonly route?: string;
}

/** All pages, one after another. */
export async function listSessions(
  gateway: Gateway,
  filter: Filter = {},
  limit = 100,
): Promise<ListedSession[]> {
  const sessions: ListedSession[] = [];
  let after: string | undefined;
  do {
    const page = await call<SessionPage>(gateway, {
      ...filter,
      limit,
      ...(after === undefined ? {} : { after }),
    });
    // Debian's cjson writes an empty list as an object.
    const listed = Array.isArray(page.sessions) ? page.sessions : [];
    if (listed.length > limit) throw new Error(`a page of ${listed.length} with a limit of ${limit}`);
    sessions.push(...listed);
    after = page.next;
  } while (after !== undefined);
  return sessions;
}

export function closeSession(gateway: Gateway, id: string): Promise<{ closed: number; unanswered: number }> {
  return call(gateway, { close: id });
}

export function closeSessions(
  gateway: Gateway,
  filter: Filter,
): Promise<{ closed: number; unanswered: number }> {
  return call(gateway, { ...filter, closeall: 1 });
}

export function closePaced(
  gateway: Gateway,
  filter: Filter,
  rate: number,
): Promise<{ closing: number; rate: number; unanswered: number }> {
  return call(gateway, { ...filter, rate });
}

export async function countUnlisted(gateway: Gateway): Promise<number> {
  const { unlisted } = await call<{ unlisted: number }>(gateway, { unlisted: 1 });
  return unlisted;
}

/** How many keys the dict of sessions has. */
export async function countSessionKeys(gateway: Gateway): Promise<number> {
  const { keys } = await call<{ keys: number }>(gateway, { keys: 1 });
  return keys;
}

/** In whole pages of the dict of sessions, in bytes. */
export async function freeSpace(gateway: Gateway): Promise<number> {
  const { room } = await call<{ room: number }>(gateway, { room: 1 });
  return room;
}

/** On a connection of its own, so that each call may reach another worker. */
async function call<T>(gateway: Gateway, args: Readonly<Record<string, unknown>>): Promise<T> {
  const query = new URLSearchParams(
    Object.entries(args).map(([key, value]): [string, string] => [key, String(value)]),
  );
  const response = await fetch(`http://127.0.0.1:${gateway.port}/session-calls?${query}`, {
    headers: { connection: "close" },
  });
  if (response.status !== 200) throw new Error(`${query}: ${response.status}`);
  return (await response.json()) as T;
}
