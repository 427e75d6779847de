import * as ffi from "ffi";
import { CONFIG_LIMIT_BYTES } from "../core/config/defaults";
import type { ConfigError } from "../core/config/validate";
import type { Fallible } from "../core/fallible";
import type { Log } from "../core/ports";
import { readFile } from "./files";
import { decodeLargeJson } from "./json";

const ERRORS_SHOWN = 20;

export interface ConfigText {
  readonly document: unknown;
  readonly text: string;
}

/** Reads the config file; the reason names it. What it says is not looked at. */
export function readConfigFile(path: string): Fallible<ConfigText> {
  const [text, readErr] = readFile(path, CONFIG_LIMIT_BYTES);
  if (text === undefined) return $multi(undefined, readErr);
  const [document, decodeErr] = decodeLargeJson(text);
  if (document === undefined) return $multi(undefined, `${path}: not JSON: ${decodeErr}`);
  return $multi({ document, text });
}

/** Errors in one line, each with its place in the document. */
export function describeErrors(errors: readonly ConfigError[]): string {
  const lines: string[] = [];
  for (const { pointer, message } of errors) {
    if (lines.length < ERRORS_SHOWN) lines.push(`${pointer === "" ? "/" : pointer}: ${message}`);
  }
  const rest = errors.length - lines.length;
  return lines.join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}

ffi.cdef("int statx(int directory, const char *path, int flags, unsigned int mask, void *buffer);");

const AT_FDCWD = -100;
const STATX_BASIC_STATS = 0x7ff;
/** `struct statx` is 256 bytes, and the same on every architecture. */
const stat = ffi.new("uint64_t[32]") as FfiWords;
const INODE = 4;
const SIZE = 5;
const CHANGE_S = 12;
const CHANGE_NS = 13;

/** A C library may lack the call (musl before 1.2.5), and a sandbox may refuse it. */
function hasStatx(): boolean {
  const [isSound, result] = pcall(() => ffi.C.statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, stat));
  return isSound && result === 0;
}

/** Differs whenever the file was written to or replaced; `undefined` if it is not there. */
function fileSignature(path: string): string | undefined {
  if (ffi.C.statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, stat) !== 0) return undefined;
  return `${tostring(stat[INODE])} ${tostring(stat[SIZE])} ${tostring(stat[CHANGE_S])} ${tostring(stat[CHANGE_NS])}`;
}

/** Bytes of content that are looked at in one poll, on average. */
const READ_BYTES_PER_POLL = 64 * 1024;

/** A file that is being written is left alone for this many polls at most. */
const PATIENCE_POLLS = 2;

/**
 * Tells when a file has changed and is worth reading: once it has looked the same at two polls in a row, so that a write
 * in the middle is seldom read, or when it keeps changing.
 */
export class FileWatch {
  private taken: string | undefined;
  private seen: string | undefined;
  private waited = 0;
  private readsContent: boolean | undefined;
  private pollsToSkip = 0;

  constructor(
    private readonly path: string,
    private readonly log: Log,
  ) {}

  /** Whether to read the file now. A file that is gone reads as changed once, so that the reason is logged. */
  poll(): boolean {
    if (this.pollsToSkip > 0) {
      this.pollsToSkip -= 1;
      return false;
    }
    const now = this.signature() ?? "gone";
    const isSettled = now === this.seen;
    this.seen = now;
    if (now === this.taken) return false;
    this.waited += 1;
    if (!isSettled && this.waited <= PATIENCE_POLLS) return false;
    this.waited = 0;
    // What is still changing may change again within the same tick of the file system's clock.
    this.taken = isSettled ? now : undefined;
    return true;
  }

  private signature(): string | undefined {
    if (this.readsContent === undefined) {
      this.readsContent = !hasStatx();
      if (this.readsContent) {
        this.log.write("notice", `${this.path}: statx() does not work here, so it is read to see changes`);
      }
    }
    return this.readsContent ? this.contentSignature() : fileSignature(this.path);
  }

  /** Costs as much as the file is long, so a long one is looked at less often. */
  private contentSignature(): string | undefined {
    const [content, err] = readFile(this.path, CONFIG_LIMIT_BYTES);
    if (content === undefined) return err;
    this.pollsToSkip = Math.floor(content.length / READ_BYTES_PER_POLL);
    return ngx.md5(content);
  }

  /** What was read could not be used for now: it reads as changed at the next poll too. */
  pollAgain(): void {
    this.taken = undefined;
  }
}
