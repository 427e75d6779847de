import * as ffi from "ffi";

ffi.cdef("int kill(int pid, int sig);");

const NO_SUCH_PROCESS = 3;

/** What /proc/PID/stat says of a process, as far as it is of use here. */
interface Stat {
  /** One letter. */
  readonly state: string;
  /** In clock ticks since boot. */
  readonly startTime: string;
}

/**
 * Names this process so that a reused pid is not mistaken for it: the pid and the start time (where there is no /proc,
 * the time of the first call).
 */
let known: { readonly pid: number; readonly id: string; readonly isRecognisable: boolean } | undefined;

export function processId(): string {
  return self().id;
}

/** Whether processes can be told from others that had the same pid: without /proc they cannot. */
export function areProcessesRecognisable(): boolean {
  return self().isRecognisable;
}

/** The pid in an id; 0 if it is none. */
export function pidOf(id: string): number {
  const [pidText] = string.match(id, "^(%d+)%.");
  return tonumber(pidText) ?? 0;
}

/** Whether the process of this id has ended. One that is stopped, or that may not be looked at, has not. */
export function isGone(id: string): boolean {
  const [pidText, startTime] = string.match(id, "^(%d+)%.(%d+)$");
  const pid = tonumber(pidText);
  if (pid === undefined) return false;
  const stat = readStat(pid);
  if (stat === undefined) return ffi.C.kill(pid, 0) !== 0 && ffi.errno() === NO_SUCH_PROCESS;
  return stat.startTime !== startTime || stat.state === "Z" || stat.state === "X";
}

function self(): NonNullable<typeof known> {
  const pid = ngx.worker.pid();
  if (known === undefined || known.pid !== pid) {
    const stat = readStat(pid);
    const startTime = stat?.startTime ?? math.floor(ngx.now() * 1000).toString();
    known = { pid, id: `${pid}.${startTime}`, isRecognisable: stat !== undefined };
  }
  return known;
}

/** proc(5). */
const STATE_FIELD = 3;
const START_TIME_FIELD = 22;

function readStat(pid: number): Stat | undefined {
  const [file] = io.open(`/proc/${pid}/stat`, "r");
  const line = file?.read("*l");
  file?.close();
  // The command's name stands in brackets and may hold blanks and brackets: count fields after the last one.
  const [fields] = string.match(line ?? "", ".*%)%s(.*)");
  let field = STATE_FIELD;
  let state = "";
  for (const [value] of string.gmatch(fields ?? "", "%S+")) {
    if (field === STATE_FIELD) state = value!;
    if (field === START_TIME_FIELD) return { state, startTime: value! };
    field += 1;
  }
  return undefined;
}
