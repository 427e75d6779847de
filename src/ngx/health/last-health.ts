import type { HealthRecord } from "../../core/health/record";
import { readLastHealth, writeLastHealth, type LastDown } from "../../core/health/last-health";
import type { Clock, Log } from "../../core/ports";
import type { Pause } from "../chore";
import { disk } from "../disk";
import { readFile } from "../files";
import { decodeLargeJson, encodeJson } from "../json";
import { RecordStore } from "./record-store";

/** No more often than this, whatever happens to peers. */
const WRITE_EVERY_S = 2;
const LIMIT_BYTES = 16 * 1024 * 1024;

/** Beside the state file: which peers were down, for upstreams whose peers begin as they were. */
export function lastHealthPath(stateFile: string): string {
  const [folder] = string.match(stateFile, "^(.*/)[^/]*$");
  return `${folder ?? ""}health.json`;
}

/** In the master, at a first start, when the dict knows of nobody's health. */
export function recallLastHealth(dict: NgxSharedDict, stateFile: string, log: Log): void {
  const path = lastHealthPath(stateFile);
  const [file] = io.open(path, "r");
  if (file === undefined) return;
  file.close();
  const [text, err] = readFile(path, LIMIT_BYTES);
  if (text === undefined) {
    log.write("warn", `how peers were is not known: ${err}`);
    return;
  }
  const [downs, fault] = readLastHealth(text, decodeLargeJson);
  if (downs === undefined) {
    log.write("warn", `how peers were is not known: ${path}: ${fault}`);
    return;
  }
  const store = new RecordStore(dict);
  const now = ngx.now();
  for (const down of downs) {
    const { upstream, key, address, reason } = down;
    // The clock may have been set back meanwhile.
    const sinceS = Math.min(down.sinceS, now);
    const memory = { isProbedUp: false, falls: 0, ejections: 0, ejectedUntilS: 0, atS: sinceS };
    store.write(upstream, key, { address, isUp: false, reason, sinceS, isOnTrial: false, memory });
  }
}

/** Keeps the file. It is advice: a loss of it costs a probe or two, so nothing waits for the disk to have it. */
export class LastHealth {
  private downs = new LuaMap<string, LastDown>();
  private isChanged = false;
  private writtenAt = 0;
  private refusal = "";

  constructor(
    private readonly path: string,
    /** Whether peers of the upstream begin as they were. */
    private readonly isKept: (this: void, upstream: string) => boolean,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** This process leads from now on: what others have noted is told to it anew. */
  begin(): void {
    this.downs = new LuaMap();
    this.isChanged = false;
  }

  /** What another leader has written may be of peers that are up since. */
  renew(): void {
    this.isChanged = true;
  }

  note(upstream: string, key: string, record: HealthRecord | undefined): void {
    const name = `${upstream}\n${key}`;
    const isDown = record?.memory.isProbedUp === false && this.isKept(upstream);
    if (!isDown && !this.downs.has(name)) return;
    if (isDown) {
      const { address, reason, sinceS } = record;
      this.downs.set(name, { upstream, key, address, reason, sinceS });
    } else this.downs.delete(name);
    this.isChanged = true;
  }

  step(pause: Pause): void {
    if (!this.isChanged || Math.abs(this.clock.now() - this.writtenAt) < WRITE_EVERY_S) return;
    this.writtenAt = this.clock.now();
    this.isChanged = false;
    const downs: LastDown[] = [];
    for (const [, down] of this.downs) downs.push(down);
    pause();
    const refusal = this.write(writeLastHealth(downs, encodeJson, pause)) ?? "";
    if (refusal !== this.refusal && refusal !== "")
      this.log.write("warn", `how peers are is not kept for the next start: ${refusal}`);
    this.refusal = refusal;
  }

  private write(text: string): string | undefined {
    const next = `${this.path}.new`;
    disk.remove(next);
    const [file, err] = disk.open(next, "new");
    if (file === undefined) return err;
    const refusal = disk.write(file, next, text);
    disk.close(file);
    return refusal ?? disk.rename(next, this.path);
  }
}
