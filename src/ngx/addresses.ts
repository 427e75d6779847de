import type { Lookup } from "../core/pool/peers";
import type { Log } from "../core/ports";
import { publishedAddresses } from "../core/resolve/published-address";
import { readText, removeText, replaceText } from "./kept-text";
import { ADDRESS_GENERATION_KEY, addressesKey, RESOLVED_NAMES_KEY } from "./keys";

const RETRY_S = 1;

/** What the names resolve to, as the leader last published it. */
export function addressesIn(dict: NgxSharedDict): Lookup {
  return (name) => {
    const text = readText(dict, addressesKey(name));
    if (text === undefined || text === "") return undefined;
    return text.split(" ");
  };
}

/** The leader's side of it. What does not fit into the dict leaves the addresses before in place. */
export class AddressBook {
  private refusal: string | undefined;
  private triedAt = 0;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly log: Log,
  ) {}

  publish(names: readonly string[], lookup: Lookup): void {
    this.triedAt = ngx.now();
    // Before the addresses: what is not in this list is never dropped.
    let refusal = this.put(RESOLVED_NAMES_KEY, names.join(" "));
    if (refusal === undefined) {
      for (const name of names) {
        const addresses = lookup(name);
        if (addresses !== undefined) refusal = this.putAddresses(name, addresses) ?? refusal;
      }
      this.dict.incr(ADDRESS_GENERATION_KEY, 1);
    }
    this.tell(refusal);
  }

  /** Whether something did not fit, a while ago. */
  isRetryDue(): boolean {
    // The clock may have been set back.
    return this.refusal !== undefined && Math.abs(ngx.now() - this.triedAt) >= RETRY_S;
  }

  /** Drops the addresses of names that no peer has any more; a leader before this one may have left them. */
  keepOnly(names: readonly string[]): void {
    const published = readText(this.dict, RESOLVED_NAMES_KEY);
    if (published === undefined) return;
    const kept = new LuaSet<string>();
    for (const name of names) kept.add(name);
    for (const name of published.split(" ")) if (!kept.has(name)) removeText(this.dict, addressesKey(name));
  }

  /** Since when a name has an address, what was published before says: it outlives this leader. */
  private putAddresses(name: string, addresses: readonly string[]): string | undefined {
    const before = addressesIn(this.dict)(name);
    const published = publishedAddresses(before, addresses, ngx.now());
    return this.put(addressesKey(name), published.join(" "));
  }

  private put(key: string, text: string): string | undefined {
    if (readText(this.dict, key) === text) return undefined;
    return replaceText(this.dict, key, text);
  }

  /** Once when it begins and once when it is over, however often it is tried meanwhile. */
  private tell(refusal: string | undefined): void {
    if (refusal === this.refusal) return;
    this.refusal = refusal;
    if (refusal === undefined) this.log.write("notice", "the addresses of all names are published again");
    else {
      this.log.write(
        "error",
        `the shared dict \`switchboard\` cannot hold the addresses of all names, those before stay: ${refusal}`,
      );
    }
  }
}
