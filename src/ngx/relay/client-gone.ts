import * as ffi from "ffi";
import type { SocketEnd } from "../../relay/line";
import { clientHandle, descriptorOf } from "../connection";
import { endOfClient } from "../tcp-timeout";

/** A client that leaves while its handshake waits: nginx does not look at its connection meanwhile. */
ffi.cdef(`int switchboard_recv(int fd, void *buffer, size_t length, int flags) __asm__("recv");`);

const MSG_PEEK = 0x02;
const MSG_DONTWAIT = 0x40;
const EAGAIN = 11;
const EINTR = 4;

const byte = ffi.new("char[1]");

/** Whether the client has closed its connection, or reset it. What it has sent before is not seen through. */
export function isClientGone(request: number): boolean {
  const descriptor = descriptorOf(clientHandle(request));
  if (descriptor === 0) return false;
  const length = ffi.C.switchboard_recv(descriptor, byte, 1, MSG_PEEK + MSG_DONTWAIT);
  if (length >= 0) return length === 0;
  const errno = ffi.errno();
  return errno !== EAGAIN && errno !== EINTR;
}

/** @param err of the read that found it out */
export function howClientEnded(request: number, err: string | undefined): SocketEnd {
  const end = endOfClient(clientHandle(request));
  if (end === "gone" || end === "reset") return end;
  return err === "closed" ? "closed" : "reset";
}
