/**
 * In percent. By default LuaJIT's collector does 2 KB of its work with an allocation, however large that is. Frames come in texts of up to 64 KB, so a
 * large message would pile up garbage of eight times of what is in use before one round of the collector is done.
 */
const STEP_PERCENT = 3000;

let isHurried = false;

/** Has the collector keep up with what sessions in relay mode read. The first session of a worker needs it. */
export function hurryCollector(this: void): void {
  if (isHurried) return;
  isHurried = true;
  collectgarbage("setstepmul", STEP_PERCENT);
}
