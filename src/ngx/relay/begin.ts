import * as semaphore from "ngx.semaphore";
import type { CompiledRoute } from "../../core/gateway/compiled-route";
import type { Session } from "../../core/session/session";
import { gatewayInUse } from "../worker";
import { log } from "../world";
import { hurryCollector } from "./collector";
import type { Dialled } from "./dial";
import { clientStream, waitAsLongAs } from "./line";
import { planOf } from "./plan";
import { Run } from "./run";

/** Ends the request at once, without an answer: that was given long ago. */
const CLOSE_CONNECTION = 444;

/**
 * Moves the frames of an open session between its client and its peer until it ends, and across peers where it is moved. To be
 * called in the access phase, when the 101 is sent; the log phase follows.
 */
export function relay(session: Session, route: CompiledRoute, dialled: Dialled): void {
  const { peer, pool } = session;
  const { relay: config } = route.config;
  const [client, err] = ngx.req.socket(true);
  const [bell, bellErr] = semaphore.new(0);
  if (
    client === undefined ||
    bell === undefined ||
    peer === undefined ||
    pool === undefined ||
    config === undefined
  ) {
    log.write("error", `session ${session.id} cannot be relayed: ${err ?? bellErr ?? "it has no peer"}`);
    dialled.socket.close();
    ngx.exit(CLOSE_CONNECTION);
    return;
  }
  waitAsLongAs(pool, client);
  waitAsLongAs(pool, dialled.socket);
  hurryCollector();
  const run = new Run(
    session,
    route,
    planOf(route, config),
    clientStream(session, client),
    bell,
    dialled,
    peer,
  );
  gatewayInUse().sessions.relayed.set(session, run.relay);
  run.run(dialled.rest);
  ngx.exit(CLOSE_CONNECTION);
}
