import type { RuntimeState } from "../config/layers/runtime-state";
import type { Fallible } from "../fallible";
import type { Disk } from "./disk";
import type { Checksum } from "./lines";
import { headerRecord, LINE_LIMIT_BYTES, toLine } from "./lines";
import type { Encode } from "./record";
import { changesOf, encodeChange } from "./record";

export interface CompactedFile {
  /** Open and locked; the path leads to it. */
  readonly file: number;
  readonly sizeBytes: number;
}

interface Ports {
  readonly disk: Disk;
  readonly encode: Encode;
  readonly checksum: Checksum;
}

const PIECE_BYTES = 64 * 1024;

/** In the same folder, and one name: what is left of a compaction that died is found. */
export function temporaryName(path: string): string {
  return `${path}.tmp`;
}

/** Writes a state into a new file and puts it in the place of the old one, which stays as it is where that fails. */
export function writeCompacted(
  path: string,
  state: RuntimeState,
  seq: number,
  ports: Ports,
): Fallible<CompactedFile> {
  const { disk } = ports;
  const temporary = temporaryName(path);
  const removeErr = disk.remove(temporary);
  if (removeErr !== undefined) return $multi(undefined, removeErr);
  const [file, openErr] = disk.open(temporary, "new");
  if (file === undefined) return $multi(undefined, `${openErr} (as ${disk.user()})`);
  const [sizeBytes, writeErr] = writeState(file, temporary, state, seq, ports);
  // Locked before anybody can open it under its name.
  const err =
    writeErr ?? disk.sync(file, temporary) ?? disk.lock(file, temporary) ?? disk.rename(temporary, path);
  if (err === undefined && sizeBytes !== undefined) return $multi({ file, sizeBytes });
  disk.close(file);
  disk.remove(temporary);
  return $multi(undefined, `${err ?? path} (as ${disk.user()})`);
}

function writeState(
  file: number,
  path: string,
  state: RuntimeState,
  seq: number,
  ports: Ports,
): Fallible<number> {
  let pieces = [toLine(headerRecord(seq), ports.checksum)];
  let pieceBytes = pieces[0]!.length;
  let sizeBytes = 0;
  for (const change of changesOf(state)) {
    const line = toLine(encodeChange(seq, change, ports.encode), ports.checksum);
    if (line.length > LINE_LIMIT_BYTES) return $multi(undefined, `${path}: a record is too large`);
    pieces.push(line);
    pieceBytes += line.length;
    if (pieceBytes > PIECE_BYTES) {
      const err = ports.disk.write(file, path, pieces.join(""));
      if (err !== undefined) return $multi(undefined, err);
      sizeBytes += pieceBytes;
      pieces = [];
      pieceBytes = 0;
    }
  }
  const err = pieceBytes === 0 ? undefined : ports.disk.write(file, path, pieces.join(""));
  if (err !== undefined) return $multi(undefined, err);
  return $multi(sizeBytes + pieceBytes);
}
