import * as ffi from "ffi";
import { ownedHandle, requestHandle } from "../connection";

/**
 * The connection behind a cosocket. The module keeps a structure of its own in the cosocket's first slot, which begins with a few
 * words, the request it belongs to, and the connection. Where these stand is found by the request and believed if the connection
 * points back to the structure.
 */
const OWNER_SLOT = 1;
const WORDS = 16;

const ADDRESS = ffi.typeof("uintptr_t");
const ADDRESSES = ffi.typeof("uintptr_t *");

/** Where the connection stands; 0 until it was found. */
let connectionWord = 0;

/** As in `connection.ts`; 0 if it was not found. To be called in the cosocket's own request, when it is connected. */
export function cosocketHandle(socket: NgxTcpSocket): number {
  const owner = rawget(socket as unknown as Record<number, unknown>, OWNER_SLOT);
  const request = requestHandle();
  if (type(owner) !== "userdata" || request === 0) return 0;
  const words = ffi.cast(ADDRESSES, owner) as FfiWords;
  if (connectionWord === 0) find(words, request);
  if (connectionWord === 0 || tonumber(words[connectionWord - 1]) !== request) return 0;
  return ownedHandle(tonumber(words[connectionWord])!, tonumber(ffi.cast(ADDRESS, words))!);
}

function find(words: FfiWords, request: number): void {
  for (const index of $range(1, WORDS)) {
    if (tonumber(words[index - 1]) === request) {
      connectionWord = index;
      return;
    }
  }
}
