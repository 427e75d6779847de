import type { Fallible } from "../core/fallible";

/** lua-types leaves out the reasons. */
interface FileHandle {
  read(count: number): LuaMultiReturn<[content?: string, err?: string]>;
  seek(whence: "set" | "end", offset?: number): LuaMultiReturn<[position?: number, err?: string]>;
}

/**
 * The whole content of a regular file. One larger than `limitBytes` is refused by its size, unread, and no more is read
 * than that size, whatever happens to the file meanwhile.
 */
export function readFile(path: string, limitBytes: number): Fallible<string> {
  const [file, openErr] = io.open(path, "rb");
  if (file === undefined) return $multi(undefined, openErr ?? `${path}: cannot be opened`);
  const [content, err] = readOpen(file as unknown as FileHandle, limitBytes);
  file.close();
  if (content === undefined) return $multi(undefined, `${path}: ${err}`);
  return $multi(content);
}

function readOpen(file: FileHandle, limitBytes: number): Fallible<string> {
  // A folder can be opened; reading nothing from it says what it is.
  const [probe, probeErr] = file.read(0);
  if (probe === undefined && probeErr !== undefined) return $multi(undefined, probeErr);
  const [sizeBytes, seekErr] = file.seek("end");
  if (sizeBytes === undefined) return $multi(undefined, seekErr ?? "its size is unknown");
  if (sizeBytes > limitBytes) {
    return $multi(undefined, `${sizeBytes} bytes; no more than ${limitBytes} are read`);
  }
  if (sizeBytes === 0) return $multi("");
  file.seek("set", 0);
  const [content, readErr] = file.read(sizeBytes);
  if (content === undefined) return $multi(undefined, readErr ?? "truncated while it was read");
  return $multi(content);
}
