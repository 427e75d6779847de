import type { EditWorld } from "../admin/edit-world";
import type { BalancerRegistry } from "../core/balance/registry";
import { peerChanges } from "../core/events/peer-changes";
import type { Pause } from "../core/pause";
import type { StateLog } from "../core/state/state-log";
import { randomDigits } from "./entropy";
import { events } from "./events";
import { decodeLargeJson } from "./json";
import { TOKEN_KEY } from "./keys";
import { DictPublisher } from "./publication";
import { Published } from "./published";
import { clock } from "./world";

/** The editor's world over the shared dict. @param pause asked for at each piece of work */
export function editWorld(
  dict: NgxSharedDict,
  registry: BalancerRegistry,
  stateLog: StateLog,
  pause: Pause,
): EditWorld {
  const published = new Published(dict);
  return {
    publisher: new DictPublisher(dict),
    stateLog,
    registry,
    clock,
    token: lifeToken(dict),
    decode: (text) => decodeLargeJson(text),
    published: (upstream) => published.upstream(upstream),
    live: (config) => published.live(config),
    open: (upstream, key) => published.open(upstream, key),
    changed: (before, after) => events.tellPeers(peerChanges(before, after, pause)),
    pause,
  };
}

/** Made by the first who asks. */
function lifeToken(dict: NgxSharedDict): string {
  dict.safe_add(TOKEN_KEY, randomDigits());
  const [token] = dict.get(TOKEN_KEY);
  return typeof token === "string" ? token : "none";
}
