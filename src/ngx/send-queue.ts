import { band } from "bit";
import * as ffi from "ffi";
import { descriptorOf } from "./connection";

ffi.cdef(`
int switchboard_ioctl(int fd, unsigned long request, int *value) __asm__("ioctl");
struct switchboard_pollfd { int fd; short events; short revents; };
int switchboard_poll(struct switchboard_pollfd *fds, unsigned long count, int timeout) __asm__("poll");
`);

const SIOCOUTQ = 0x5411;
const SHUT_WR = 1;
const POLLOUT = 0x0004;
const POLLERR = 0x0008;
const POLLHUP = 0x0010;
const POLLRDHUP = 0x2000;

const bytes = ffi.new("int[1]") as FfiInts;
const asked = ffi.new("struct switchboard_pollfd[1]") as Questions;

interface Questions {
  readonly [index: number]: { fd: number; events: number; readonly revents: number };
}

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

/** Whether a connection takes some bytes now, or refuses them now. */
export function canSend(handle: number): boolean {
  const descriptor = descriptorOf(handle);
  return descriptor === 0 || poll(descriptor, POLLOUT) !== 0;
}

/** Whether the far side has ended its sending, or the connection is over, whatever is still to be read. */
export function hasHungUp(handle: number): boolean {
  const descriptor = descriptorOf(handle);
  return descriptor > 0 && band(poll(descriptor, POLLRDHUP), POLLRDHUP | POLLERR | POLLHUP) !== 0;
}

/** @returns which of the events there are now */
function poll(descriptor: number, events: number): number {
  const one = asked[0]!;
  one.fd = descriptor;
  one.events = events;
  return ffi.C.switchboard_poll(asked, 1, 0) > 0 ? one.revents : 0;
}
