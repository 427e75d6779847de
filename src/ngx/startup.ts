import type { Snapshot } from "../core/config/snapshot";
import { ADDRESS_GENERATION_KEY, CONFIG_ERROR_KEY, RELOAD_ERROR_KEY, STORE_REFUSALS_KEY } from "./keys";
import { currentGeneration } from "./parts";
import { publish, PUBLISHER_BUSY } from "./publication";
import { reserveReason, writeReason } from "./reason-slot";

/** How long a reload waits for a worker that publishes at the same moment. */
const PATIENCE_S = 0.5;

/** Keeps the reason of a refused reload for status; at a first start there is nobody to ask for it. */
export function reportReloadError(dict: NgxSharedDict, reason: string): void {
  if (currentGeneration(dict) > 0) writeReason(dict, RELOAD_ERROR_KEY, reason);
}

/** In the master. @returns why it could not, or `undefined` */
export function publishAtStart(dict: NgxSharedDict, snapshot: Snapshot): string | undefined {
  reserveReason(dict, RELOAD_ERROR_KEY);
  reserveReason(dict, CONFIG_ERROR_KEY);
  const deadline = ngx.now() + PATIENCE_S;
  let [generation, err] = publish(dict, snapshot);
  while (err === PUBLISHER_BUSY && ngx.now() < deadline) {
    ngx.update_time();
    [generation, err] = publish(dict, snapshot);
  }
  // Whoever holds the lock for that long has died; the leader reads the file again within a second.
  if (generation === undefined && err !== PUBLISHER_BUSY) return err;
  dict.safe_add(ADDRESS_GENERATION_KEY, 0);
  dict.safe_add(STORE_REFUSALS_KEY, 0);
  writeReason(dict, RELOAD_ERROR_KEY, "");
  writeReason(dict, CONFIG_ERROR_KEY, "");
  return undefined;
}
