import type { CompiledRoute } from "../../core/gateway/compiled-route";
import type { Session } from "../../core/session/session";
import type { Dialled } from "./dial";

/**
 * Moves the frames of an open session between its client and its peer until it ends, and across peers where it is moved. To be
 * called in the access phase, when the 101 is sent; the log phase follows.
 */
export function relay(_session: Session, _route: CompiledRoute, _line: Dialled): void {
  // Comes with the pump.
}
