import { asRecord } from "../config/layers/document-parts";
import { RuntimeState } from "../config/layers/runtime-state";
import type { Checksum, Decode } from "./lines";
import { FORMAT_VERSION, fromLine, LINE_LIMIT_BYTES } from "./lines";
import { decodeChange, wholeNumber } from "./record";

/** What a state file says, as far as it can be believed. */
export interface StateReading {
  readonly state: RuntimeState;
  /** Of the last change. */
  readonly seq: number;
  /** Up to where the file is good: what comes behind is to be cut off. */
  readonly goodBytes: number;
  /** Whether the write of the last record was interrupted: it was never answered. */
  readonly isCut: boolean;
  /** Why the last record is left out; the file is worth keeping then. `""`: it is not. */
  readonly damage: string;
}

const BREAK = "\n";

/**
 * Reads a state file piece by piece. A last line that was not finished, or whose checksum is wrong, is left out; anything
 * else that is wrong makes all of the file useless: what came before a change that cannot be read says nothing about
 * what holds now.
 */
export class StateReader {
  private readonly state = new RuntimeState();
  private seq = 0;
  private lines = 0;
  private goodBytes = 0;
  /** The pieces of a line that is not complete yet. */
  private pieces: string[] = [];
  private pendingBytes = 0;
  private failure: string | undefined;
  /** Of the line before, which may turn out not to be the last. */
  private damage: string | undefined;

  constructor(
    private readonly decode: Decode,
    private readonly checksum: Checksum,
  ) {}

  /** @returns false as soon as the rest need not be read */
  push(piece: string): boolean {
    let start = 0;
    let end = piece.indexOf(BREAK);
    while (end !== -1 && this.failure === undefined) {
      this.pieces.push(piece.substring(start, end));
      const line = this.pieces.join("");
      this.pieces = [];
      this.pendingBytes = 0;
      this.readLine(line);
      start = end + 1;
      end = piece.indexOf(BREAK, start);
    }
    if (start < piece.length) this.pieces.push(piece.substring(start));
    this.pendingBytes += piece.length - start;
    if (this.pendingBytes > LINE_LIMIT_BYTES) this.fail("it is too long");
    return this.failure === undefined;
  }

  /** @returns the reading, or why the file is useless */
  finish(): LuaMultiReturn<[reading: StateReading, err?: undefined] | [reading: undefined, err: string]> {
    if (this.failure === undefined && this.lines === 0 && this.pendingBytes > 0) this.fail("it is no record");
    // Two records at the end are not right, and the first of them may have been answered.
    if (this.damage !== undefined && this.pendingBytes > 0) this.fail(this.damage);
    if (this.failure === undefined && this.lines === 1 && this.damage !== undefined) this.fail(this.damage);
    if (this.failure !== undefined) return $multi(undefined, this.failure);
    return $multi({
      state: this.state,
      seq: this.seq,
      goodBytes: this.goodBytes,
      isCut: this.pendingBytes > 0,
      damage: this.damage === undefined ? "" : `line ${this.lines}: ${this.damage}`,
    });
  }

  private readLine(line: string): void {
    if (this.damage !== undefined) {
      this.fail(this.damage);
      return;
    }
    this.lines += 1;
    const [record, frameErr] = fromLine(line, this.checksum);
    if (record === undefined) {
      this.damage = frameErr;
      return;
    }
    const [value, decodeErr] = this.decode(record);
    if (value === undefined) this.fail(decodeErr ?? "it is not JSON");
    else if (this.lines === 1) this.readHeader(value);
    else this.readChange(value, record);
    if (this.failure === undefined) this.goodBytes += line.length + BREAK.length;
  }

  private readHeader(value: unknown): void {
    const header = asRecord(value);
    const version = header?.["version"];
    const seq = wholeNumber(header?.["seq"]);
    if (typeof version !== "number" || seq === undefined) this.fail("it does not name its version");
    else if (version !== FORMAT_VERSION) this.fail(`its version is ${version}, not ${FORMAT_VERSION}`);
    else this.seq = seq;
  }

  private readChange(value: unknown, record: string): void {
    const [found, err] = decodeChange(value, record);
    if (found === undefined) this.fail(err);
    else if (found.seq < this.seq) this.fail("its number is below the one before");
    else {
      this.seq = found.seq;
      this.state.apply(found.change);
    }
  }

  private fail(reason: string): void {
    this.failure ??= `line ${Math.max(1, this.lines)}: ${reason}`;
  }
}
