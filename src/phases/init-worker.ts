import { settingsInUse } from "../ngx/settings";
import { startWorker } from "../ngx/worker";
import { sharedDict } from "../ngx/world";

/** `init_worker_by_lua`: the worker has the current snapshot before its first request. */
export function initWorker(): void {
  startWorker(sharedDict(), settingsInUse());
}
