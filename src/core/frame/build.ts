/** Frames that the gateway itself makes: to clients as a server does, to peers masked, as a client does. One char a byte. */

/** @param mask four bytes as a 32-bit number; absent: unmasked, to a client */
export function pingFrame(_payload: string, _mask?: number): string {
  return "";
}

/** @param code 0 for none. @param reason cut to 123 bytes at a border of a character */
export function closeFrame(_code: number, _reason: string, _mask?: number): string {
  return "";
}

/** The answer to a Close: the same code, without a reason. @param payload of that Close */
export function closeAnswer(_payload: string, _mask?: number): string {
  return "";
}

/** The head of an unmasked data frame. @param first its first byte: FIN, RSV and opcode */
export function dataHead(_first: number, _length: number): string {
  return "";
}
