/** The prefixes by which browsers hold a cookie to more than its attributes say, in whatever case they are. */

/** Browsers take such a cookie only if it is `Secure`. */
export function isSecureName(name: string): boolean {
  return name.toLowerCase().startsWith("__secure-") || isHostName(name);
}

/** Browsers take such a cookie only if it is `Secure` and its path is `/`. */
export function isHostName(name: string): boolean {
  return name.toLowerCase().startsWith("__host-");
}
