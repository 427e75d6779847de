import type { Fallible } from "../fallible";

/** `append`: made if it is not there. `new`: must not be there. */
export type OpenMode = "read" | "append" | "new";

/**
 * What the state file asks of the operating system. Reasons name the path and what the system says; where a call gives
 * nothing back, `undefined` is success.
 */
export interface Disk {
  /** A third value says that there is no such file. */
  open(
    path: string,
    mode: OpenMode,
  ): LuaMultiReturn<[file: number] | [file: undefined, err: string, isMissing?: boolean]>;
  close(file: number): void;
  /** Takes the lock of the whole file for this open file; it ends with it. Never waits. */
  lock(file: number, path: string): string | undefined;
  /** Whether the path leads to the open file, and not to another that took its place. */
  isAt(file: number, path: string): boolean;
  /** At most `limitBytes`; nothing at the end. */
  read(file: number, path: string, offset: number, limitBytes: number): Fallible<string>;
  /** Appends all of it; after a failure a part of it may be there. */
  write(file: number, path: string, text: string): string | undefined;
  /** Returns when what was written is on the disk. */
  sync(file: number, path: string): string | undefined;
  truncate(file: number, path: string, sizeBytes: number): string | undefined;
  rename(from: string, to: string): string | undefined;
  /** A file that is not there is as good as removed. */
  remove(path: string): string | undefined;
  /** The same as `sync` for the names in the folder of a file. */
  syncFolderOf(path: string): string | undefined;
  /** Who this process is to the file system. */
  user(): string;
}
