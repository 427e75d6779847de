/** Where names are kept by their number, for whoever reads records. */
export interface NameStore {
  /** Says whether there was room. */
  keepName(number: number, name: string): boolean;
  dropName(number: number): void;
}

interface NameInUse {
  readonly number: number;
  uses: number;
}

/**
 * Numbers in place of names that many records share. A name is kept as long as a record has it, and its number is never
 * given to another, so whoever reads a record late finds the right name or none.
 */
export class Names {
  /** Numbers in use are in `[first, next)`. */
  first = 1;
  next = 1;
  private readonly numbers = new LuaMap<string, NameInUse>();
  private readonly names = new LuaMap<number, string>();

  constructor(private readonly store: NameStore) {}

  /** @returns the number, or `undefined` where the store has no room */
  retain(name: string): number | undefined {
    const known = this.numbers.get(name);
    if (known !== undefined) {
      known.uses += 1;
      return known.number;
    }
    const number = this.next;
    if (!this.store.keepName(number, name)) return undefined;
    this.next += 1;
    this.numbers.set(name, { number, uses: 1 });
    this.names.set(number, name);
    return number;
  }

  release(number: number): void {
    const name = this.names.get(number);
    const inUse = name === undefined ? undefined : this.numbers.get(name);
    if (name === undefined || inUse === undefined) return;
    inUse.uses -= 1;
    if (inUse.uses > 0) return;
    this.numbers.delete(name);
    this.names.delete(number);
    this.store.dropName(number);
    while (this.first < this.next && !this.names.has(this.first)) this.first += 1;
  }
}
