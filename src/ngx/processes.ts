import { processKey, PROCESS_SLOTS_KEY } from "./keys";
import { isGone, processId } from "./process";

/** A process that counts sessions, or did. */
export interface CountingProcess {
  readonly id: string;
  /** Where it is entered. */
  readonly slot: number;
}

/**
 * The processes that have shares in the counts, entered in numbered slots. Each enters itself before its first share and
 * leaves after its last; one that could not leave is removed by the leader, together with its shares.
 */
export class Processes {
  private ownSlot = 0;

  constructor(private readonly dict: NgxSharedDict) {}

  /** @returns why this process is not entered, if so */
  enter(): string | undefined {
    if (this.ownSlot > 0) return undefined;
    let slot = 1;
    while (true) {
      // Slots are made known before they are used, so that no entry is overlooked.
      if (slot > this.slots() && !this.makeRoom()) return "no memory";
      const [isEntered, err] = this.dict.safe_add(processKey(slot), processId());
      if (isEntered === true) {
        this.ownSlot = slot;
        return undefined;
      }
      if (err !== "exists") return err ?? "not stored";
      slot += 1;
    }
  }

  leave(): void {
    if (this.ownSlot > 0) this.dict.delete(processKey(this.ownSlot));
    this.ownSlot = 0;
  }

  remove(process: CountingProcess): void {
    this.dict.delete(processKey(process.slot));
  }

  /** Those that exist, and those that are gone. */
  sort(pause: (this: void) => void): LuaMultiReturn<[living: CountingProcess[], gone: CountingProcess[]]> {
    const living: CountingProcess[] = [];
    const gone: CountingProcess[] = [];
    for (const slot of $range(1, this.slots())) {
      const [id] = this.dict.get(processKey(slot));
      if (typeof id === "string") (isGone(id) ? gone : living).push({ id, slot });
      pause();
    }
    return $multi(living, gone);
  }

  private slots(): number {
    const [count] = this.dict.get(PROCESS_SLOTS_KEY);
    return typeof count === "number" ? count : 0;
  }

  private makeRoom(): boolean {
    this.dict.safe_add(PROCESS_SLOTS_KEY, 0);
    const [count] = this.dict.incr(PROCESS_SLOTS_KEY, 1);
    return count !== undefined;
  }
}
