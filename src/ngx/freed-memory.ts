import * as ffi from "ffi";

/**
 * glibc gives the top of the heap back to the system as soon as 128 KB of it are free, and then takes it again page by page. The
 * buffers of a tunnel are larger than that together, so every few handshakes cost a round of page faults. Once a block of a
 * larger size was freed, it keeps up to twice its size: so one is asked for and freed, and never touched. Elsewhere this does
 * nothing.
 */
const BLOCK_BYTES = 4 * 1024 * 1024;

ffi.cdef("void *malloc(size_t size); void free(void *block);");

/** For the master, from which the workers inherit it. */
export function keepFreedMemory(): void {
  ffi.C.free(ffi.C.malloc(BLOCK_BYTES));
}
