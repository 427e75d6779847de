import { bareRelay, restyWebsocket } from "./lua-proxy";
import { plainNginx } from "./plain-nginx";
import type { Proxy } from "./proxy";
import { switchboard } from "./switchboard";
import type { SwitchboardOptions } from "./switchboard";

interface Choice {
  /** Further variants of relay mode. */
  readonly variants?: readonly SwitchboardOptions[];
  /** The bare relay once more, with a buffer of this size for each of its sockets. */
  readonly bareBuffer?: string;
}

/** What relay mode is compared with: nginx with its default buffers, the own tunnel, and relays in Lua. */
export function relayContenders({ variants = [], bareBuffer }: Choice = {}): Proxy[] {
  return [
    plainNginx(),
    switchboard({ mode: "relay" }),
    ...variants.map((options) => switchboard({ ...options, mode: "relay" })),
    switchboard(),
    ...restyWebsocket,
    bareRelay(),
    ...(bareBuffer === undefined ? [] : [bareRelay(bareBuffer)]),
  ];
}
