/**
 * Whether a text of one char a byte is UTF-8 (RFC 3629) from an offset on: no overlong forms, no surrogates, nothing above U+10FFFF, and no
 * character cut short.
 */
export function isUtf8(bytes: string, from: number): boolean {
  let at = from;
  while (at < bytes.length) {
    const lead = bytes.charCodeAt(at);
    const following = followingBytes(lead);
    if (following < 0 || at + following >= bytes.length) return false;
    if (following > 0 && !isSecondByte(lead, bytes.charCodeAt(at + 1))) return false;
    for (const offset of $range(2, following)) if (!isFollowing(bytes.charCodeAt(at + offset))) return false;
    at += following + 1;
  }
  return true;
}

/** The longest beginning of at most `limit` bytes that ends with a whole character. */
export function cutUtf8(bytes: string, limit: number): string {
  if (bytes.length <= limit) return bytes;
  let end = limit;
  while (end > 0 && isFollowing(bytes.charCodeAt(end))) end -= 1;
  return bytes.substring(0, end);
}

/** How many bytes follow the first one of a character; -1 if no character begins so. */
function followingBytes(lead: number): number {
  if (lead < 0x80) return 0;
  if (lead < 0xc2) return -1;
  if (lead < 0xe0) return 1;
  if (lead < 0xf0) return 2;
  return lead < 0xf5 ? 3 : -1;
}

/** RFC 3629 section 4: after some first bytes only a part of the range may stand. */
function isSecondByte(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0 && second <= 0xbf;
  if (lead === 0xed) return second >= 0x80 && second <= 0x9f;
  if (lead === 0xf0) return second >= 0x90 && second <= 0xbf;
  if (lead === 0xf4) return second >= 0x80 && second <= 0x8f;
  return isFollowing(second);
}

function isFollowing(byte: number): boolean {
  return byte >= 0x80 && byte <= 0xbf;
}
