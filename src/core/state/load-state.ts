import type { Fallible } from "../fallible";
import { RuntimeState } from "../config/layers/runtime-state";
import type { Disk } from "./disk";
import type { Checksum, Decode } from "./lines";
import type { StateReading } from "./state-reader";
import { StateReader } from "./state-reader";

export interface Codec {
  readonly decode: Decode;
  readonly checksum: Checksum;
}

/** A file above this is not read: it is no file that a gateway wrote. */
export const FILE_LIMIT_BYTES = 192 * 1024 * 1024;
const PIECE_BYTES = 256 * 1024;
const ATTEMPTS = 4;

export function readingOfNothing(): StateReading {
  return { state: new RuntimeState(), seq: 0, goodBytes: 0, isCut: false, damage: "" };
}

/** What a state file says. The second value is why it cannot be read; the third, why it is useless. */
export type Loaded = LuaMultiReturn<[reading?: StateReading, err?: string, corrupt?: string]>;

export function loadOpen(disk: Disk, file: number, path: string, codec: Codec): Loaded {
  const reader = new StateReader(codec.decode, codec.checksum);
  let offset = 0;
  let isWanted = true;
  while (isWanted) {
    const [piece, err] = disk.read(file, path, offset, PIECE_BYTES);
    if (piece === undefined) return $multi(undefined, err);
    offset += piece.length;
    isWanted = piece !== "" && reader.push(piece);
    if (offset > FILE_LIMIT_BYTES) return $multi(undefined, undefined, "it is too large");
  }
  const [reading, corrupt] = reader.finish();
  if (reading === undefined) return $multi(undefined, undefined, corrupt);
  return $multi(reading);
}

/**
 * For a process that does not write it: without a lock, and changing nothing. A file that is not there says nothing. Its
 * writer may take a record back and write another while it is read; then what looks wrong is right at the next look.
 */
export function readState(disk: Disk, path: string, codec: Codec): Fallible<StateReading> {
  let reason = "";
  for (const _ of $range(1, ATTEMPTS)) {
    const [file, openErr, isMissing] = disk.open(path, "read");
    if (file === undefined) {
      if (isMissing === true) return $multi(readingOfNothing());
      return $multi(undefined, openErr ?? path);
    }
    const [reading, err, corrupt] = loadOpen(disk, file, path, codec);
    disk.close(file);
    if (reading !== undefined) return $multi(reading);
    reason = err ?? `${path}: ${corrupt}`;
  }
  return $multi(undefined, reason);
}
