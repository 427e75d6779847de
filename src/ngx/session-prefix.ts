const RANDOM_BYTES = 5;

/**
 * What the ids of this worker's sessions begin with. They go to backends as X-Request-Id, where those of many gateways come
 * together, and containers often start with the same pids: so the pid, for people, and random digits.
 */
export function sessionPrefix(): string {
  const [device] = io.open("/dev/urandom", "rb");
  const bytes = device?.read(RANDOM_BYTES);
  device?.close();
  let digits = "";
  for (const index of $range(0, (bytes?.length ?? 0) - 1)) {
    digits += string.format("%02x", bytes!.charCodeAt(index));
  }
  return `${ngx.worker.pid()}-${digits === "" ? math.floor(ngx.now() * 1000) : digits}-`;
}
