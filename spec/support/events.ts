import { EventStreamClient } from "./event-stream";
import type { StreamedEvent } from "./event-stream";
import type { Gateway } from "./gateway";

/**
 * Nginx directives: the stream on a location of its own, and one that tells events of the type `session`.
 * @param patience with a reader that takes nothing, as nginx writes a time
 */
export const eventLocations = (patience: string): string => `
location = /v1/events {
  lua_check_client_abort on;
  send_timeout ${patience};
  content_by_lua_block {
    require("resty.switchboard").admin()
  }
}
location = /tell {
  content_by_lua_block {
    local events = require("resty.switchboard.ngx.events").events
    for nth = 1, tonumber(ngx.var.arg_count) do
      events.tell("session", { nth = nth, text = ("x"):rep(tonumber(ngx.var.arg_size)) })
    end
  }
}`;

/** @param lastEventId that of the stream before; 0 for none */
export function openEvents(port: number, query = "", lastEventId = 0): Promise<EventStreamClient> {
  return EventStreamClient.open(`http://127.0.0.1:${port}/v1/events${query}`, lastEventId);
}

/** @param sizeBytes of the text of each */
export async function tellEvents(gateway: Gateway, count: number, sizeBytes = 1): Promise<void> {
  const url = `http://127.0.0.1:${gateway.port}/tell?count=${count}&size=${sizeBytes}`;
  const response = await fetch(url, { headers: { connection: "close" } });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
}

/** That each event has the id after that of the one before. */
export function expectNoGap(events: readonly StreamedEvent[]): void {
  const ids = events.map(({ id }) => id);
  expect(ids).toEqual(ids.map((_, nth) => ids[0]! + nth));
}
