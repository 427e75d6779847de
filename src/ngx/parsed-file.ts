import type { Clock } from "../core/ports";
import type { Fallible } from "../core/fallible";
import { readFile } from "./files";

/** A file is looked at no more often than this. */
const REREAD_S = 5;

/** A file that others change: read when it is asked for, at most every few seconds, and parsed when its text changed. */
export class ParsedFile<T> {
  private readAt = -REREAD_S;
  private text: string | undefined;
  private value: T | undefined;
  private err = "not read yet";

  constructor(
    private readonly path: string,
    private readonly limitBytes: number,
    private readonly parse: (this: void, text: string) => T,
    private readonly clock: Clock,
  ) {}

  /** Fails while the file cannot be read: what an earlier text said is not held against its absence. */
  current(): Fallible<T> {
    const now = this.clock.now();
    // A negative age: the system clock was set back.
    if (now - this.readAt >= REREAD_S || now < this.readAt) {
      this.readAt = now;
      this.refresh();
    }
    if (this.value === undefined) return $multi(undefined, this.err);
    return $multi(this.value);
  }

  private refresh(): void {
    const [text, err] = readFile(this.path, this.limitBytes);
    if (text === undefined) {
      this.err = err;
      this.value = undefined;
    } else if (this.value === undefined || text !== this.text) this.value = this.parse(text);
    this.text = text;
  }
}
