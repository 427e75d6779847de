/**
 * An address of a name as the leader publishes it: the IP, and behind an `@`, if the name had other addresses before it, since when
 * it has this one, in seconds since the epoch.
 */
const MARK = "@";

export function ipOf(published: string): string {
  const end = published.indexOf(MARK);
  return end < 0 ? published : published.substring(0, end);
}

/** 0 for one that was in the name's first answer. */
export function sinceSOf(published: string): number {
  const end = published.indexOf(MARK);
  return end < 0 ? 0 : Number(published.substring(end + 1));
}

/**
 * What to publish now that a name has these addresses: those that are new to it begin at this instant.
 * @param before as it was published last; `undefined` if it never was
 */
export function publishedAddresses(
  before: readonly string[] | undefined,
  addresses: readonly string[],
  nowS: number,
): readonly string[] {
  if (before === undefined) return addresses;
  const known = new LuaMap<string, string>();
  for (const published of before) known.set(ipOf(published), published);
  return addresses.map((ip) => known.get(ip) ?? `${ip}${MARK}${nowS.toString()}`);
}
