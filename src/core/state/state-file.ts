import type { Change } from "../config/layers/change";
import { RuntimeState } from "../config/layers/runtime-state";
import type { Clock, Log } from "../ports";
import { temporaryName, writeCompacted } from "./compaction";
import type { Disk } from "./disk";
import { LINE_LIMIT_BYTES, toLine } from "./lines";
import type { Codec } from "./load-state";
import { FILE_LIMIT_BYTES, loadOpen, readingOfNothing, readState } from "./load-state";
import type { Encode } from "./record";
import { encodeChange } from "./record";
import { asideName, copyFile } from "./set-aside";
import type { StateLog } from "./state-log";
import type { StateReading } from "./state-reader";

export interface StateFilePorts extends Codec {
  readonly disk: Disk;
  readonly encode: Encode;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenedState {
  readonly state: RuntimeState;
  readonly seq: number;
  /** Otherwise every append is refused, until another `open` succeeds. */
  readonly isWritable: boolean;
  /** For status: what was wrong with the file, or is; `""`: nothing. */
  readonly problem: string;
}

/** What is in the file: all that was answered. */
interface Mark {
  readonly state: RuntimeState;
  readonly seq: number;
  readonly sizeBytes: number;
}

const COMPACTION_BYTES = 1024 * 1024;
const COMPACTION_GROWTH = 4;
const LOCK_ATTEMPTS = 10;

/**
 * The state file of the one process that writes it, which holds its lock. An append either is on the disk when it returns,
 * or has left nothing; where the disk prevents both, every further change is refused until the state could be written to
 * a new file.
 */
export class StateFile implements StateLog {
  nextSeq = 1;
  private file: number | undefined;
  private now: Mark = { state: new RuntimeState(), seq: 0, sizeBytes: 0 };
  private before: Mark | undefined;
  private compactedBytes = 0;
  /** Why nothing can be appended. */
  private refusal = "the state file is not open";
  /** Whether the file holds something that is not in `now`. */
  private isPoisoned = false;
  /** Whether the file's name may lead to the one before it after a loss of power. */
  private isNameLoose = false;

  constructor(
    private readonly path: string,
    private readonly ports: StateFilePorts,
  ) {}

  get lastSeq(): number {
    return this.now.seq;
  }

  /** Takes the lock and reads what is there. What cannot be used is set aside under another name. */
  open(): OpenedState {
    this.close();
    const [file, err] = this.openLocked();
    if (file === undefined) return this.openUnwritable(err ?? this.path);
    this.file = file;
    const problem = this.load(file);
    if (problem.refusal !== undefined) {
      this.close();
      return this.openUnwritable(problem.refusal);
    }
    this.refusal = "";
    return { state: this.now.state, seq: this.now.seq, isWritable: true, problem: problem.text };
  }

  /** Lets another process write. */
  close(): void {
    if (this.file !== undefined) this.ports.disk.close(this.file);
    this.file = undefined;
    this.before = undefined;
    this.isPoisoned = false;
    this.isNameLoose = false;
    this.refusal = "the state file is not open";
  }

  /** Numbers up to this one were used, by a file that is gone: none of them is used again. */
  skipTo(seq: number): void {
    const { state, sizeBytes } = this.now;
    this.now = { state, seq, sizeBytes };
    this.nextSeq = Math.max(this.nextSeq, seq + 1);
    const err = this.compact();
    if (err !== undefined) this.ports.log.write("error", `the number of the last change is not kept: ${err}`);
  }

  append(change: Change, after: RuntimeState): string | undefined {
    const seq = this.nextSeq;
    // A number is never used twice: somebody may have read a record that is taken back.
    this.nextSeq += 1;
    this.before = undefined;
    const line = toLine(encodeChange(seq, change, this.ports.encode), this.ports.checksum);
    if (line.length > LINE_LIMIT_BYTES) return `${this.path}: the change is too large`;
    const refusal = this.makeReady(line.length);
    if (refusal !== undefined) return refusal;
    const { sizeBytes } = this.now;
    const err = this.writeLine(line);
    if (err !== undefined) {
      this.cutBack();
      return err;
    }
    this.before = this.now;
    this.now = { state: after, seq, sizeBytes: sizeBytes + line.length };
    return undefined;
  }

  undoLast(): string | undefined {
    if (this.before === undefined) return undefined;
    this.now = this.before;
    this.before = undefined;
    return this.cutBack();
  }

  /** Writes the state into a new file that takes the place of this one. */
  compact(): string | undefined {
    const { disk } = this.ports;
    const [written, err] = writeCompacted(this.path, this.now.state, this.now.seq, this.ports);
    if (written === undefined) return err;
    if (this.file !== undefined) disk.close(this.file);
    this.file = written.file;
    this.compactedBytes = written.sizeBytes;
    this.now = { state: this.now.state, seq: this.now.seq, sizeBytes: written.sizeBytes };
    this.before = undefined;
    this.isPoisoned = false;
    this.isNameLoose = true;
    return this.fixName();
  }

  /** Writes it anew where it was deleted, or where a file that nobody writes has taken its place. */
  keepInPlace(): string | undefined {
    const { disk } = this.ports;
    if (this.file === undefined || disk.isAt(this.file, this.path)) return undefined;
    const [other] = disk.open(this.path, "read");
    if (other !== undefined) {
      const lockErr = disk.lock(other, this.path);
      disk.close(other);
      if (lockErr !== undefined) return lockErr;
    }
    const err = this.compact();
    if (err === undefined) {
      this.ports.log.write("warn", `${this.path}: it was removed or replaced, and is written anew`);
    }
    return err;
  }

  private openLocked(): LuaMultiReturn<[file: number] | [file: undefined, err: string]> {
    const { disk } = this.ports;
    for (const _ of $range(1, LOCK_ATTEMPTS)) {
      const [file, openErr] = disk.open(this.path, "append");
      if (file === undefined) return $multi(undefined, `${openErr} (as ${disk.user()})`);
      const lockErr = disk.lock(file, this.path);
      // Whoever held the lock may have put another file in its place meanwhile.
      if (lockErr === undefined && disk.isAt(file, this.path)) return $multi(file);
      disk.close(file);
      if (lockErr !== undefined) return $multi(undefined, lockErr);
    }
    return $multi(undefined, `${this.path}: it is being replaced again and again`);
  }

  private openUnwritable(refusal: string): OpenedState {
    this.refusal = refusal;
    const [reading, err] = readState(this.ports.disk, this.path, this.ports);
    const problem = reading === undefined && err !== undefined ? `${refusal}; ${err}` : refusal;
    this.adopt(reading ?? readingOfNothing());
    return { state: this.now.state, seq: this.now.seq, isWritable: false, problem };
  }

  private adopt(reading: StateReading): void {
    this.now = { state: reading.state, seq: reading.seq, sizeBytes: reading.goodBytes };
    this.nextSeq = Math.max(this.nextSeq, reading.seq + 1);
    this.compactedBytes = 0;
  }

  private load(file: number): { readonly refusal?: string; readonly text: string } {
    const probeErr = this.probeFolder();
    if (probeErr !== undefined) return { refusal: probeErr, text: "" };
    const [reading, readErr, corrupt] = loadOpen(this.ports.disk, file, this.path, this.ports);
    if (readErr !== undefined) return { refusal: readErr, text: "" };
    if (reading === undefined) return this.replaceCorrupt(corrupt ?? "");
    this.adopt(reading);
    if (reading.goodBytes === 0) return { refusal: this.compact(), text: "" };
    if (reading.damage !== "") return this.repair(file, reading.damage);
    return { refusal: reading.isCut ? this.truncate() : undefined, text: "" };
  }

  /** A compaction needs the folder, and it is too late then to say that it may not be written to. */
  private probeFolder(): string | undefined {
    const { disk } = this.ports;
    const name = temporaryName(this.path);
    const removeErr = disk.remove(name);
    if (removeErr !== undefined) return removeErr;
    const [file, openErr] = disk.open(name, "new");
    if (file === undefined) return `${openErr} (as ${disk.user()})`;
    disk.close(file);
    return disk.remove(name);
  }

  private replaceCorrupt(reason: string): { readonly refusal?: string; readonly text: string } {
    const { disk, clock } = this.ports;
    const name = asideName(this.path, clock.now());
    const renameErr = disk.rename(this.path, name);
    if (renameErr !== undefined) return { refusal: renameErr, text: "" };
    const text = this.tell(`${reason}; the run-time changes in it are lost; kept as ${name}`);
    this.adopt(readingOfNothing());
    return { refusal: this.compact(), text };
  }

  private repair(file: number, damage: string): { readonly refusal?: string; readonly text: string } {
    const { disk, clock } = this.ports;
    const name = asideName(this.path, clock.now());
    const err = copyFile(disk, file, this.path, name) ?? this.truncate();
    if (err === undefined) return { text: this.tell(`${damage}; it is left out; kept as ${name}`) };
    disk.remove(name);
    return { refusal: err, text: "" };
  }

  private tell(what: string): string {
    const text = `${this.path}: ${what}`;
    this.ports.log.write("error", text);
    return text;
  }

  /** Whatever has to be put right before anything can be appended. */
  private makeReady(lengthBytes: number): string | undefined {
    if (this.refusal !== "") return this.refusal;
    const limitBytes = Math.max(COMPACTION_BYTES, COMPACTION_GROWTH * this.compactedBytes);
    const isLarge = this.now.sizeBytes > limitBytes || this.now.sizeBytes + lengthBytes > FILE_LIMIT_BYTES;
    if (this.isPoisoned || isLarge) {
      const err = this.compact();
      if (this.isPoisoned) return err;
      if (err !== undefined) this.ports.log.write("error", `the state file stays large: ${err}`);
    }
    if (this.now.sizeBytes + lengthBytes > FILE_LIMIT_BYTES) return `${this.path}: it is too large`;
    return this.keepInPlace() ?? this.fixName();
  }

  private writeLine(line: string): string | undefined {
    const { disk } = this.ports;
    const { file, path } = this;
    if (file === undefined) return this.refusal;
    const err = disk.write(file, path, line) ?? disk.sync(file, path);
    return err === undefined ? undefined : `${err} (as ${disk.user()})`;
  }

  /** Makes the file what `now` is. */
  private cutBack(): string | undefined {
    const err = this.truncate();
    if (err === undefined) return undefined;
    this.isPoisoned = true;
    return this.compact();
  }

  private truncate(): string | undefined {
    const { disk } = this.ports;
    const { file, path } = this;
    if (file === undefined) return this.refusal;
    return disk.truncate(file, path, this.now.sizeBytes) ?? disk.sync(file, path);
  }

  private fixName(): string | undefined {
    if (!this.isNameLoose) return undefined;
    const err = this.ports.disk.syncFolderOf(this.path);
    this.isNameLoose = err !== undefined;
    return err;
  }
}
