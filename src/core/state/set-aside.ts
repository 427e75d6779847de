import type { Disk } from "./disk";

const PIECE_BYTES = 256 * 1024;

/** Where a state file goes that cannot be used, for whoever wants to know what was in it. */
export function asideName(path: string, nowS: number): string {
  return `${path}.corrupt-${Math.floor(nowS)}`;
}

/** @returns why there is no copy */
export function copyFile(disk: Disk, file: number, path: string, name: string): string | undefined {
  const [copy, openErr] = disk.open(name, "new");
  if (copy === undefined) return openErr;
  const err = copyInto(disk, copy, name, file, path) ?? disk.sync(copy, name);
  disk.close(copy);
  if (err !== undefined) disk.remove(name);
  return err;
}

function copyInto(disk: Disk, copy: number, name: string, file: number, path: string): string | undefined {
  let offset = 0;
  while (true) {
    const [piece, readErr] = disk.read(file, path, offset, PIECE_BYTES);
    if (piece === undefined) return readErr;
    if (piece === "") return undefined;
    const err = disk.write(copy, name, piece);
    if (err !== undefined) return err;
    offset += piece.length;
  }
}
