import type { GuardSettings } from "../admin/guard";
import { BalancerRegistry } from "../core/balance/registry";

/** What `init` takes, in the names of the public interface. */
export interface InitOptions {
  readonly config_file?: string;
  readonly state_file?: string;
  readonly admin_token_file?: string;
  readonly admin_hosts?: readonly string[];
  readonly affinity_secret_file?: string;
  readonly zone?: string;
}

/** What `init` reads from elsewhere, too. */
export interface GivenSettings {
  readonly guard: GuardSettings;
  /** At most two; the first one signs. None: `affinityDeps` makes one. */
  readonly affinitySecrets: readonly string[];
  /** The gateway's own; `""`: unknown. */
  readonly zone: string;
}

export interface Settings extends GivenSettings {
  readonly configFile: string;
  readonly stateFile: string;
  readonly registry: BalancerRegistry;
}

const OPTIONS: readonly string[] = [
  "config_file",
  "state_file",
  "admin_token_file",
  "admin_hosts",
  "affinity_secret_file",
  "zone",
];

/** Extensions add to it before `init`. */
export const registry = new BalancerRegistry();

/** Where Debian keeps things: its nginx has /usr/share/nginx as prefix. */
const SYSTEM_CONFIG_FILE = "/etc/switchboard/switchboard.json";
const SYSTEM_STATE_FILE = "/var/lib/switchboard/state.jsonl";

let current: Settings | undefined;

/** Fills in the files that were not named: those under nginx's prefix, or where there are none, those of the system. */
export function completeSettings(options: InitOptions, given: GivenSettings): Settings {
  for (const [name] of pairs(options)) {
    if (!OPTIONS.includes(name)) error(`switchboard: init has no option "${name}"`, 0);
  }
  const prefix = ngx.config.prefix();
  const own = `${prefix}conf/switchboard.json`;
  const isOwn = options.config_file === undefined && isReadable(own);
  return {
    configFile: options.config_file ?? (isOwn ? own : SYSTEM_CONFIG_FILE),
    stateFile: options.state_file ?? (isOwn ? `${prefix}state/switchboard.jsonl` : SYSTEM_STATE_FILE),
    registry,
    ...given,
  };
}

export function useSettings(settings: Settings): void {
  current = settings;
}

export function settingsInUse(): Settings {
  if (current === undefined) error("switchboard: init() was not called in init_by_lua", 0);
  return current;
}

function isReadable(path: string): boolean {
  const [file] = io.open(path, "r");
  if (file === undefined) return false;
  file.close();
  return true;
}
