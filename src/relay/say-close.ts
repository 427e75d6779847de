import { closeFrame } from "../core/frame/build";
import { CLOSE } from "../core/frame/opcode";
import type { Outlet } from "./outlet";
import type { RelayState } from "./state";

const CODE_BYTES = 2;

/** Sends a Close of the gateway's own, behind which nothing goes. @param code 0 for none */
export function closeClient(state: RelayState, code: number, reason: string): void {
  say(state, state.client, closeFrame(code, reason), code, reason);
}

export function closePeer(state: RelayState, code: number, reason: string): void {
  const { host, line } = state;
  say(state, line.outlet, closeFrame(code, reason, host.mask()), code, reason);
}

function say({ recorder }: RelayState, outlet: Outlet, frame: string, code: number, reason: string): void {
  if (outlet.hasClosed) return;
  recorder?.noteOwn(CLOSE, code === 0 ? 0 : CODE_BYTES + reason.length, code);
  outlet.close(frame);
}
