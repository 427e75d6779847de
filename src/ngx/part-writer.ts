import { isEqual } from "../core/config/equality";
import type { Pause } from "../core/pause";
import { noteReplaced, noteWritten, settle } from "./journal";
import { decodeJson } from "./json";
import { GENERATION_KEY, TAKEN_GENERATION_KEY } from "./keys";
import { currentGeneration, readPart } from "./parts";
import type { PublisherLock } from "./publisher-lock";

/** Generations before, as far back as the work of publishers that died is looked for. */
const RECOVERED_GENERATIONS = 8;

export function tooSmall(reason = "not stored"): string {
  return `the shared dict \`switchboard\` cannot hold the config: ${reason}`;
}

/** Writes the parts of a generation that differ from the one before, and knows how to undo it. */
export class PartWriter {
  /** The one it writes; the one before as long as nothing differs. */
  generation: number;
  readonly before: number;
  hasChanged = false;
  /** After the first one nothing further is written. */
  failure: string | undefined;
  private readonly written: string[] = [];

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly lock: PublisherLock,
    private readonly pause: Pause,
  ) {
    // The switch is then a number that changes in place, for which there is always room.
    dict.safe_add(GENERATION_KEY, 0);
    this.before = currentGeneration(dict);
    this.generation = this.before;
  }

  /**
   * Taken when something differs, and never twice: a publisher that stalls until its lock has ended does not write under
   * the keys of the one that came after it.
   */
  own(): number {
    if (this.hasChanged) return this.generation;
    this.hasChanged = true;
    this.dict.safe_add(TAKEN_GENERATION_KEY, this.before);
    const [taken, err] = this.dict.incr(TAKEN_GENERATION_KEY, 1);
    if (taken === undefined) {
      this.hasChanged = false;
      this.failure ??= tooSmall(err);
      return this.generation;
    }
    settle(this.dict, this.before, true);
    for (const generation of $range(Math.max(this.before + 1, taken - RECOVERED_GENERATIONS), taken - 1))
      settle(this.dict, generation, false);
    this.generation = taken;
    return taken;
  }

  /** Removes what was written. Another publisher may have gone by the journal too early, when this one stalled. */
  undo(): void {
    if (!this.hasChanged) return;
    settle(this.dict, this.generation, false);
    for (const key of this.written) this.dict.delete(key);
  }

  read(key: string): string | undefined {
    return readPart(this.dict, key);
  }

  /**
   * @param known the generation of the part before; 0 if there was none
   * @param text `""` if there is to be none
   * @param value what the text says, where equal values may have different texts
   */
  writeChunk(
    known: number,
    text: string,
    keyOf: (this: void, generation: number) => string,
    value?: unknown,
  ): number {
    if (known === 0 && text === "") return 0;
    if (known > 0) {
      if (text !== "" && isSame(readPart(this.dict, keyOf(known)), text, value)) return known;
      this.replace(keyOf(known));
    }
    if (text === "") return 0;
    this.write(keyOf(this.own()), text);
    return this.generation;
  }

  rest(): void {
    this.pause();
    this.lock.renew();
  }

  replace(key: string): void {
    const generation = this.own();
    if (this.failure !== undefined) return;
    if (!noteReplaced(this.dict, generation, key)) this.failure = tooSmall("no memory");
  }

  write(key: string, text: string): void {
    if (this.failure !== undefined) return;
    if (!noteWritten(this.dict, this.generation, key)) {
      this.failure = tooSmall("no memory");
      return;
    }
    this.written.push(key);
    const [isStored, err] = this.dict.safe_add(key, text);
    if (isStored !== true) this.failure = tooSmall(err);
  }
}

/** Texts are compared first: to decode one costs more. Equal values may have their fields in different orders. */
export function isSame(known: string | undefined, text: string, value: unknown): boolean {
  if (known === undefined || value === undefined) return known === text;
  if (known === text) return true;
  const [decoded] = decodeJson(known);
  return isEqual(decoded, value);
}
