import { answerRefusal, type AdminAnswer } from "../admin/answer";
import { findStranger } from "../admin/guard";
import { adminWorld } from "./admin-world";
import { readCaller } from "./admin-request";
import { settingsInUse } from "./settings";

/** What to answer a caller who may not call; `undefined` for all others. */
export function refuseStranger(): AdminAnswer | undefined {
  const refusal = findStranger(readCaller(), settingsInUse().guard);
  if (refusal === undefined) return undefined;
  const headers = refusal.code === "unauthorized" ? { "WWW-Authenticate": "Bearer" } : undefined;
  return answerRefusal(refusal, adminWorld(), headers);
}
