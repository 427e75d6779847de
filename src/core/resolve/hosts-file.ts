import { fieldsOf, HASH } from "./fields";
import { canonicalAddress } from "./ip-address";

/** What /etc/hosts says: hosts(5). */
export class HostsTable {
  private readonly addressesByName = new LuaMap<string, string[]>();

  /** Every address listed for the name, in the order of the file; `undefined` if it is not in there. */
  lookup(name: string): readonly string[] | undefined {
    return this.addressesByName.get(name.toLowerCase());
  }

  add(name: string, address: string): void {
    const key = name.toLowerCase();
    const addresses = this.addressesByName.get(key);
    if (addresses === undefined) this.addressesByName.set(key, [address]);
    else if (!addresses.includes(address)) addresses.push(address);
  }
}

/** Lines that do not start with an IP address are passed over, as the C library does. */
export function parseHosts(text: string): HostsTable {
  const table = new HostsTable();
  for (const line of text.split("\n")) {
    const fields = fieldsOf(line, HASH);
    const address = fields.length > 1 ? canonicalAddress(fields[0]!) : undefined;
    if (address !== undefined) {
      for (let index = 1; index < fields.length; index += 1) table.add(fields[index]!, address);
    }
  }
  return table;
}
