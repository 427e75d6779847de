import * as ffi from "ffi";
import { descriptorOf } from "./connection";

ffi.cdef(`
int switchboard_ioctl(int fd, unsigned long request, int *value) __asm__("ioctl");
`);

const SIOCOUTQ = 0x5411;
const SHUT_WR = 1;

const bytes = ffi.new("int[1]") as FfiInts;

/** Bytes that were sent on a connection and that its far side has not acknowledged; 0 where the system does not say. */
export function unacknowledged(handle: number): number {
  const descriptor = descriptorOf(handle);
  if (descriptor === 0 || ffi.C.switchboard_ioctl(descriptor, SIOCOUTQ, bytes) !== 0) return 0;
  return bytes[0]!;
}

/** Tells the far side of a connection that nothing more comes; it may go on sending. @returns whether that could be done */
export function endSending(handle: number): boolean {
  const descriptor = descriptorOf(handle);
  return descriptor > 0 && ffi.C.shutdown(descriptor, SHUT_WR) === 0;
}
