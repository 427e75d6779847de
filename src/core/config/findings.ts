import type { Pause } from "../pause";
import { hasControl } from "./characters";
import { show } from "./show";

/** One thing that is wrong or worth knowing. */
export interface ConfigError {
  /**
   * RFC 6901: the place in the document, or the nearest place around it whose name can be shown. It holds no
   * control characters.
   */
  readonly pointer: string;
  readonly message: string;
}

/** A field's name, or an index. */
export type Step = string | number;

const MAX_LISTED = 100;
const MAX_KEY = 256;
/** Places that are looked at in one go. */
const PLACES_PER_PAUSE = 128;

export function isShowable(key: string): boolean {
  return key.length <= MAX_KEY && !hasControl(key);
}

function escape(key: string): string {
  if (!key.includes("~") && !key.includes("/")) return key;
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

export function pointerTo(steps: readonly Step[]): string {
  let pointer = "";
  for (const step of steps) {
    if (typeof step === "string" && !isShowable(step)) return pointer;
    pointer += `/${typeof step === "string" ? escape(step) : step}`;
  }
  return pointer;
}

/** Collects errors while a document is walked. It knows the place the walk is at, and writes it down only on demand. */
export class Findings {
  /** How many were reported; more than are listed, perhaps. */
  count = 0;
  private readonly listed: ConfigError[] = [];
  private readonly steps: Step[];
  private placesLeft = PLACES_PER_PAUSE;

  /**
   * @param start the place in the whole document at which the walk begins
   * @param pause called now and then
   */
  constructor(
    start: readonly Step[] = [],
    private readonly pause?: Pause,
  ) {
    this.steps = [...start];
  }

  enter(step: Step): void {
    this.steps.push(step);
    this.countPlace();
  }

  /** For a piece of work that enters no place. */
  countPlace(): void {
    this.placesLeft -= 1;
    if (this.placesLeft > 0) return;
    this.placesLeft = PLACES_PER_PAUSE;
    if (this.pause !== undefined) this.pause();
  }

  leave(): void {
    this.steps.pop();
  }

  /** Whether a further message would go unread, so that it need not be worked out. */
  isFull(): boolean {
    return this.count >= MAX_LISTED;
  }

  /** A pointer to another item of the list whose item the walk is at. */
  sibling(index: number): string {
    return pointerTo([...this.steps.slice(0, -1), index]);
  }

  /** Reports something about the place the walk is at. */
  report(message: string): void {
    this.reportAt(this.steps, message);
  }

  reportAt(steps: readonly Step[], message: string): void {
    if (!this.isFull()) this.listed.push({ pointer: pointerTo(steps), message });
    this.count += 1;
  }

  /** Reports something about a field of the object the walk is at. */
  reportField(name: string, message: string): void {
    this.enter(name);
    this.report(message);
    this.leave();
  }

  reportValue(expected: string, found: unknown, reason = ""): void {
    if (this.isFull()) this.count += 1;
    else this.report(`expected ${expected}, found ${show(found)}${reason === "" ? "" : `: ${reason}`}`);
  }

  /** Whether nothing was reported about a place or anything in it. */
  isClean(pointer: string): boolean {
    if (this.count > this.listed.length) return false;
    for (const error of this.listed) {
      if (error.pointer === "" || error.pointer === pointer || error.pointer.startsWith(`${pointer}/`))
        return false;
    }
    return true;
  }

  /** What was reported, with a last entry that counts what is not listed. */
  list(): ConfigError[] {
    const more = this.count - this.listed.length;
    if (more === 0) return this.listed;
    return this.listed.concat([{ pointer: "", message: `and ${more} more` }]);
  }
}
