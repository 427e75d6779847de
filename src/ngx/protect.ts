import { log } from "./world";

/** Runs what must not fail; says whether it did not. */
export function protect(what: string, body: (this: void) => void): boolean {
  const [isSound, trace] = xpcall(body, debug.traceback);
  if (!isSound) report(what, trace);
  return isSound;
}

function report(what: string, trace: unknown): void {
  log.write("error", `internal error in ${what}: ${tostring(trace)}`);
}
