import { log } from "./world";

/** Runs what must not fail; if it does, the error and where it came from are logged. */
export function protect(what: string, body: (this: void) => void): boolean {
  const [isSound, trace] = xpcall(body, debug.traceback);
  if (!isSound) log.write("error", `internal error in ${what}: ${tostring(trace)}`);
  return isSound;
}
