import type { Log } from "../core/ports";
import { readConfig, FileWatch } from "./config-file";
import type { Follower } from "./follower";
import { ADDRESS_GENERATION_KEY, addressesKey, CONFIG_ERROR_KEY, RESOLVED_NAMES_KEY } from "./keys";
import { publish, PUBLISHER_BUSY } from "./publication";
import { writeReason } from "./reason-slot";
import type { Resolver } from "./resolver";
import type { Settings } from "./settings";

/** What one process does for all: it watches the config file and resolves names. */
export class Leader {
  private readonly watch: FileWatch;
  private configuredFor = 0;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly settings: Settings,
    private readonly follower: Follower,
    private readonly resolver: Resolver,
    private readonly log: Log,
  ) {
    this.watch = new FileWatch(settings.configFile);
  }

  step(): void {
    if (this.watch.poll()) this.loadFile();
    const { generation, resolverConfig } = this.follower;
    if (resolverConfig === undefined) return;
    if (generation !== this.configuredFor) {
      this.configuredFor = generation;
      this.resolver.configure(resolverConfig, this.follower.names());
      this.forgetAddresses();
    }
    if (this.resolver.step()) this.publishAddresses();
  }

  private loadFile(): void {
    const { configFile, registry } = this.settings;
    const [snapshot, reason] = readConfig(configFile, registry, this.log);
    if (snapshot === undefined) {
      this.refuse(reason);
      return;
    }
    const before = this.follower.generation;
    const [generation, err] = publish(this.dict, snapshot);
    if (err === PUBLISHER_BUSY) {
      this.watch.pollAgain();
      return;
    }
    if (generation === undefined) {
      this.refuse(`${configFile}: ${err}`);
      return;
    }
    writeReason(this.dict, CONFIG_ERROR_KEY, "");
    if (generation !== before) this.log.write("notice", `generation ${generation} from ${configFile}`);
  }

  private refuse(reason: string): void {
    this.log.write("error", `the change is refused, the config before stays: ${reason}`);
    writeReason(this.dict, CONFIG_ERROR_KEY, reason);
  }

  private publishAddresses(): void {
    const names = this.follower.names();
    for (const name of names) {
      const addresses = this.resolver.addresses(name);
      if (addresses !== undefined) {
        const [isStored, err] = this.dict.safe_set(addressesKey(name), addresses.join(" "));
        if (isStored !== true) this.log.write("error", `addresses of ${name}: ${err}`);
      }
    }
    this.dict.safe_set(RESOLVED_NAMES_KEY, names.join(" "));
    this.dict.incr(ADDRESS_GENERATION_KEY, 1);
  }

  /** Drops the addresses of names that no peer has any more; a leader before this one may have left them. */
  private forgetAddresses(): void {
    const [published] = this.dict.get(RESOLVED_NAMES_KEY);
    if (typeof published !== "string") return;
    const kept = new LuaSet<string>();
    for (const name of this.follower.names()) kept.add(name);
    for (const name of published.split(" ")) if (!kept.has(name)) this.dict.delete(addressesKey(name));
  }
}
