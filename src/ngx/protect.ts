import { log } from "./world";

/**
 * Makes a phase function that does not fail: an error is logged with where it came from, and `onError` ends the request.
 * `phase` is called by a function of its own, because LuaJIT does not compile one that returns to `xpcall` itself.
 */
export function protectedPhase(
  what: string,
  phase: (this: void) => void,
  onError: (this: void) => void,
): (this: void) => void {
  const body = (): boolean => {
    phase();
    return true;
  };
  return () => {
    const [isSound, trace] = xpcall(body, debug.traceback);
    if (isSound) return;
    report(what, trace);
    onError();
  };
}

/** Runs what must not fail; says whether it did not. */
export function protect(what: string, body: (this: void) => void): boolean {
  const [isSound, trace] = xpcall(body, debug.traceback);
  if (!isSound) report(what, trace);
  return isSound;
}

function report(what: string, trace: unknown): void {
  log.write("error", `internal error in ${what}: ${tostring(trace)}`);
}
