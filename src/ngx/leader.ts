import type { Pause } from "../core/pause";
import type { Log } from "../core/ports";
import { AddressBook } from "./addresses";
import { ConfigKeeper } from "./config-keeper";
import type { Follower } from "./follower";
import type { Resolver } from "./resolver";
import type { Settings } from "./settings";

/** What one process does for all: it keeps the config and resolves names. */
export class Leader {
  private readonly keeper: ConfigKeeper;
  private readonly addresses: AddressBook;
  private configuredFor = 0;

  constructor(
    dict: NgxSharedDict,
    settings: Settings,
    private readonly follower: Follower,
    private readonly resolver: Resolver,
    log: Log,
  ) {
    this.keeper = new ConfigKeeper(dict, settings, log);
    this.addresses = new AddressBook(dict, log);
  }

  step(pause: Pause): void {
    this.keeper.step(pause);
    const { generation, resolverConfig } = this.follower;
    if (resolverConfig === undefined) return;
    if (generation !== this.configuredFor) {
      this.configuredFor = generation;
      const names = this.follower.names();
      pause();
      this.resolver.configure(resolverConfig, names);
      this.addresses.keepOnly(names);
      pause();
    }
    if (this.resolver.step() || this.addresses.isRetryDue()) {
      this.addresses.publish(this.follower.names(), (name) => this.resolver.addresses(name));
    }
  }

  /** Lets another process do it. Not while a step is under way. */
  resign(): void {
    this.keeper.resign();
  }
}
