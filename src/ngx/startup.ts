import type { Snapshot } from "../core/config/snapshot";
import { EventDict, events } from "./events";
import {
  ADDRESS_GENERATION_KEY,
  CONFIG_ERROR_KEY,
  METRIC_REFUSALS_KEY,
  RELOAD_ERROR_KEY,
  STORE_REFUSALS_KEY,
} from "./keys";
import { currentGeneration } from "./parts";
import { publish, PUBLISHER_BUSY } from "./publication";
import { reserveReason, writeReason } from "./reason-slot";

/** How long a reload waits for a worker that publishes at the same moment. */
const PATIENCE_S = 0.5;

/** Keeps the reason of a refused reload for status; at a first start there is nobody to ask for it. */
export function reportReloadError(dict: NgxSharedDict, reason: string): void {
  if (currentGeneration(dict) === 0) return;
  writeReason(dict, RELOAD_ERROR_KEY, reason);
  events.tell("config", { result: "refused", source: "reload", reason });
}

/** In the master. @returns why it could not, or `undefined` */
export function publishAtStart(dict: NgxSharedDict, snapshot: Snapshot): string | undefined {
  reserveReason(dict, RELOAD_ERROR_KEY);
  reserveReason(dict, CONFIG_ERROR_KEY);
  new EventDict(dict).reserve();
  const before = currentGeneration(dict);
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
  dict.safe_add(METRIC_REFUSALS_KEY, 0);
  writeReason(dict, RELOAD_ERROR_KEY, "");
  writeReason(dict, CONFIG_ERROR_KEY, "");
  if (generation !== undefined && generation !== before) {
    events.tell("config", { result: "applied", source: before > 0 ? "reload" : "file" });
  }
  return undefined;
}
