import type { Pause } from "../core/pause";
import type { Log } from "../core/ports";
import { AddressBook } from "./addresses";
import { readConfig, FileWatch } from "./config-file";
import type { Follower } from "./follower";
import { events } from "./events";
import { CONFIG_ERROR_KEY } from "./keys";
import { publish, PUBLISHER_BUSY } from "./publication";
import { writeReason } from "./reason-slot";
import type { Resolver } from "./resolver";
import type { Settings } from "./settings";

/** What one process does for all: it watches the config file and resolves names. */
export class Leader {
  private readonly watch: FileWatch;
  private readonly addresses: AddressBook;
  private configuredFor = 0;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly settings: Settings,
    private readonly follower: Follower,
    private readonly resolver: Resolver,
    private readonly log: Log,
  ) {
    this.watch = new FileWatch(settings.configFile, log);
    this.addresses = new AddressBook(dict, log);
  }

  step(pause: Pause): void {
    if (this.watch.poll()) this.loadFile(pause);
    const { generation, resolverConfig } = this.follower;
    if (resolverConfig === undefined) return;
    if (generation !== this.configuredFor) {
      this.configuredFor = generation;
      const names = this.follower.names();
      this.resolver.configure(resolverConfig, names);
      this.addresses.keepOnly(names);
    }
    if (this.resolver.step() || this.addresses.isRetryDue()) {
      this.addresses.publish(this.follower.names(), (name) => this.resolver.addresses(name));
    }
  }

  private loadFile(pause: Pause): void {
    const { configFile, registry } = this.settings;
    const [snapshot, reason] = readConfig(configFile, registry, this.log, pause);
    if (snapshot === undefined) {
      this.refuse(reason);
      return;
    }
    const before = this.follower.generation;
    const [generation, err] = publish(this.dict, snapshot, pause);
    if (err === PUBLISHER_BUSY) {
      this.watch.pollAgain();
      return;
    }
    if (generation === undefined) {
      this.refuse(`${configFile}: ${err}`);
      return;
    }
    writeReason(this.dict, CONFIG_ERROR_KEY, "");
    if (generation === before) return;
    this.log.write("notice", `generation ${generation} from ${configFile}`);
    events.tell("config", { result: "applied", source: "file" });
  }

  private refuse(reason: string): void {
    this.log.write("error", `the change is refused, the config before stays: ${reason}`);
    writeReason(this.dict, CONFIG_ERROR_KEY, reason);
    events.tell("config", { result: "refused", source: "file", reason });
  }
}
