/** As many bytes as a number holds exactly. */
const SEED_BYTES = 6;
const PREFIX_BYTES = 5;
const SECRET_BYTES = 32;

/** Forked workers share the master's sequence, and the DNS library draws its transaction ids from this one. */
export function seedRandom(): void {
  let seed = 0;
  for (const byte of randomBytes(SEED_BYTES)) seed = seed * 256 + byte;
  math.randomseed(seed);
}

/**
 * What the ids of this worker's sessions begin with. They go to backends as X-Request-Id, where those of many gateways come
 * together, and containers often start with the same pids: so the pid, for people, and random digits.
 */
export function sessionPrefix(): string {
  return `${ngx.worker.pid()}-${randomDigits()}-`;
}

export function randomDigits(): string {
  return inDigits(randomBytes(PREFIX_BYTES));
}

export function randomSecret(): string {
  return inDigits(randomBytes(SECRET_BYTES));
}

function inDigits(bytes: readonly number[]): string {
  let digits = "";
  for (const byte of bytes) digits += string.format("%02x", byte);
  return digits;
}

/** From the system; where it gives none, from the clock and the pid. */
function randomBytes(count: number): readonly number[] {
  const [device] = io.open("/dev/urandom", "rb");
  // lua-types knows `read` only as something that may be a string or a number.
  const text = (device?.read(count) ?? "") as string;
  device?.close();
  const bytes: number[] = [];
  for (const index of $range(0, text.length - 1)) bytes.push(text.charCodeAt(index));
  let rest = Math.floor(ngx.now() * 1000) * 1000 + (ngx.worker.pid() % 1000);
  while (bytes.length < count) {
    bytes.push(rest % 256);
    rest = Math.floor(rest / 256);
  }
  return bytes;
}
