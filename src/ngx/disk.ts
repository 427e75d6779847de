import * as ffi from "ffi";
import type { Fallible } from "../core/fallible";
import type { Disk, OpenMode } from "../core/state/disk";

/** Under names of our own: another library may have declared the system's with other types. */
ffi.cdef(`
int switchboard_open(const char *path, int flags, ...) __asm__("open");
int switchboard_close(int fd) __asm__("close");
long switchboard_pread(int fd, void *buffer, unsigned long size, int64_t offset) __asm__("pread");
long switchboard_write(int fd, const char *text, unsigned long size) __asm__("write");
int switchboard_fdatasync(int fd) __asm__("fdatasync");
int switchboard_fsync(int fd) __asm__("fsync");
int switchboard_ftruncate(int fd, int64_t size) __asm__("ftruncate");
int switchboard_rename(const char *from, const char *to) __asm__("rename");
int switchboard_unlink(const char *path) __asm__("unlink");
int switchboard_flock(int fd, int operation) __asm__("flock");
unsigned int switchboard_geteuid(void) __asm__("geteuid");
char **switchboard_getpwuid(unsigned int uid) __asm__("getpwuid");
char *switchboard_strerror(int number) __asm__("strerror");
int switchboard_statx(int fd, const char *path, int flags, unsigned int mask, void *buffer) __asm__("statx");
`);

const EINTR = 4;
const ENOENT = 2;
const EWOULDBLOCK = 11;
const O_RDONLY = 0;
const O_RDWR = 2;
const O_CREAT = 0x40;
const O_EXCL = 0x80;
const O_APPEND = 0x400;
const O_CLOEXEC = 0x80000;
const LOCK_EX_NB = 6;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const STATX_INO = 0x100;
/** Words of `struct statx`: the inode, and the numbers of the device. */
const INODE = 4;
const DEVICE = 17;
/** For the worker's user and nobody else: a document may hold secrets. */
const MODE = ffi.new("int", 0x180);

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY + O_CLOEXEC,
  append: O_RDWR + O_CREAT + O_APPEND + O_CLOEXEC,
  new: O_RDWR + O_CREAT + O_EXCL + O_APPEND + O_CLOEXEC,
};

/** The state file's system calls. Each waits for the disk. */
export const disk: Disk = {
  open(path, mode) {
    const [file, errno] = openFile(path, FLAGS[mode]);
    if (file !== undefined) return $multi(file);
    return $multi(undefined, explain(path, "open", errno), errno === ENOENT);
  },
  close: (file) => void ffi.C.switchboard_close(file),
  lock(file, path) {
    if (retried(() => ffi.C.switchboard_flock(file, LOCK_EX_NB)) === 0) return undefined;
    const errno = ffi.errno();
    return errno === EWOULDBLOCK ? `${path}: another process writes it` : explain(path, "lock", errno);
  },
  isAt(file, path) {
    const [isSound, isSame] = pcall(() => {
      const open = identity(file, "", AT_EMPTY_PATH);
      return open !== undefined && open === identity(AT_FDCWD, path, 0);
    });
    // A C library without the call (musl before 1.2.5) cannot tell.
    return !isSound || isSame;
  },
  read: (file, path, offset, limitBytes) => readAt(file, path, offset, limitBytes),
  write: (file, path, text) => writeAll(file, path, text),
  sync: (file, path) => outcome(path, "write to the disk", () => ffi.C.switchboard_fdatasync(file)),
  truncate: (file, path, sizeBytes) =>
    outcome(path, "shorten", () => ffi.C.switchboard_ftruncate(file, sizeBytes)),
  rename: (from, to) => outcome(to, `rename ${from} to it`, () => ffi.C.switchboard_rename(from, to)),
  remove(path) {
    if (ffi.C.switchboard_unlink(path) === 0) return undefined;
    const errno = ffi.errno();
    return errno === ENOENT ? undefined : explain(path, "remove", errno);
  },
  syncFolderOf(path) {
    const [folder] = string.match(path, "^(.*)/[^/]*$");
    const name = folder === undefined ? "." : folder === "" ? "/" : folder;
    const [file, errno] = openFile(name, O_RDONLY + O_CLOEXEC);
    if (file === undefined) return explain(name, "open", errno);
    const err = outcome(name, "write to the disk", () => ffi.C.switchboard_fsync(file));
    ffi.C.switchboard_close(file);
    return err;
  },
  user: () => userName(),
};

function openFile(path: string, flags: number): LuaMultiReturn<[file: number | undefined, errno: number]> {
  const file = retried(() => ffi.C.switchboard_open(path, flags, MODE));
  if (file < 0) return $multi(undefined, ffi.errno());
  return $multi(file, 0);
}

function readAt(
  this: void,
  file: number,
  path: string,
  offset: number,
  limitBytes: number,
): Fallible<string> {
  const buffer = ffi.new(`char[${limitBytes}]`);
  const count = retried(() => tonumber(ffi.C.switchboard_pread(file, buffer, limitBytes, offset))!);
  if (count < 0) return $multi(undefined, explain(path, "read", ffi.errno()));
  return $multi(ffi.string(buffer, count));
}

function writeAll(file: number, path: string, text: string): string | undefined {
  let rest = text;
  while (rest.length > 0) {
    const written = retried(() => tonumber(ffi.C.switchboard_write(file, rest, rest.length))!);
    if (written < 0) return explain(path, "write to", ffi.errno());
    if (written === 0) return `${path}: cannot write to it`;
    rest = rest.substring(written);
  }
  return undefined;
}

function outcome(path: string, what: string, call: (this: void) => number): string | undefined {
  return retried(call) === 0 ? undefined : explain(path, what, ffi.errno());
}

/** A signal may interrupt a call before it has done anything. */
function retried(call: (this: void) => number): number {
  let result = call();
  while (result < 0 && ffi.errno() === EINTR) result = call();
  return result;
}

function explain(path: string, what: string, errno: number): string {
  return `${path}: cannot ${what}: ${ffi.string(ffi.C.switchboard_strerror(errno))}`;
}

/** `struct passwd` begins with the name; a null pointer is equal to nil. */
function userName(): string {
  const id = ffi.C.switchboard_geteuid();
  const entry = ffi.C.switchboard_getpwuid(id) as FfiWords | undefined;
  if (entry === undefined) return `user ${id}`;
  return `user ${ffi.string(entry[0])} (${id})`;
}

function identity(directory: number, path: string, flags: number): string | undefined {
  const buffer = ffi.new("uint64_t[32]") as FfiWords;
  if (ffi.C.switchboard_statx(directory, path, flags, STATX_INO, buffer) !== 0) return undefined;
  return `${tostring(buffer[INODE])} ${tostring(buffer[DEVICE])}`;
}
