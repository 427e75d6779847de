import { log } from "./world";

/** Runs what must not fail: an error is logged with where it came from. */
export function protect(what: string, body: (this: void) => void): void {
  const [isSound, trace] = xpcall(body, debug.traceback);
  if (!isSound) log.write("error", `internal error in ${what}: ${tostring(trace)}`);
}
