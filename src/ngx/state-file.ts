import type { Fallible } from "../core/fallible";
import { readState as readStateFrom } from "../core/state/load-state";
import { StateFile } from "../core/state/state-file";
import type { StateReading } from "../core/state/state-reader";
import { disk } from "./disk";
import { decodeJson, encodeJson } from "./json";
import { clock, log } from "./world";

const codec = {
  decode: (text: string) => decodeJson(text),
  checksum: (text: string) => ngx.crc32_long(text),
};

/** The state file, for the process that writes it. */
export function stateFileAt(path: string): StateFile {
  return new StateFile(path, { ...codec, encode: encodeJson, disk, clock, log });
}

/** What the state file says, for the master: it takes no lock, writes nothing and renames nothing. */
export function readState(path: string): Fallible<StateReading> {
  return readStateFrom(disk, path, codec);
}
