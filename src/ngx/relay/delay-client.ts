import type { Relay } from "../../relay/relay";
import { clientHandle } from "../connection";
import { hasHungUp } from "../send-queue";

/** So often a client that has to wait is looked after. */
const LOOK_AGAIN_S = 5;

/**
 * Reads nothing from a client for as long as it has sent too much.
 * @returns whether it is still there: its end stands behind all that it has sent, and would be met hours later
 */
export function delayClient(relay: Relay, request: number): boolean {
  let leftS = relay.delayS;
  while (leftS > 0) {
    const shareS = Math.min(leftS, LOOK_AGAIN_S);
    ngx.sleep(shareS);
    leftS -= shareS;
    if (leftS > 0 && hasHungUp(clientHandle(request))) return false;
  }
  relay.delayS = 0;
  return true;
}
