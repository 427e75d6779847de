/**
 * Masks, or unmasks, the payload of a control frame (RFC 6455 section 5.3). Payloads of data go as they came.
 * @param key where the four bytes of the key stand, from `keyAt` on
 */
export function mask(payload: string, key: string, keyAt: number): string {
  const bytes: string[] = [];
  for (let index = 0; index < payload.length; index += 1) {
    bytes.push(String.fromCharCode(payload.charCodeAt(index) ^ key.charCodeAt(keyAt + (index % 4))));
  }
  return bytes.join("");
}
