/**
 * Names this process so that a reused pid is not mistaken for it: the pid and the start time in clock ticks since boot
 * (field 22 of /proc/PID/stat; where there is no /proc, the time of the first call).
 */
let known: { readonly pid: number; readonly id: string } | undefined;

export function processId(): string {
  const pid = ngx.worker.pid();
  if (known === undefined || known.pid !== pid) known = { pid, id: `${pid}.${startTime(pid)}` };
  return known.id;
}

function startTime(pid: number): string {
  const [file] = io.open(`/proc/${pid}/stat`, "r");
  const line = file?.read("*l");
  file?.close();
  // The command's name stands in brackets and may hold blanks and brackets: count fields after the last one.
  const [fields] = string.match(line ?? "", ".*%)%s(.*)");
  let field = 2;
  for (const [value] of string.gmatch(fields ?? "", "%S+")) {
    field += 1;
    if (field === 22 && value !== undefined) return value;
  }
  return math.floor(ngx.now() * 1000).toString();
}
