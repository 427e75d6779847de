import * as formats from "../formats";
import type { PeerConfig } from "../snapshot";
import type { Draft } from "../specification";
import { boolean, choice, integer, object, text } from "../specification";

export const peer = object<PeerConfig>(
  [
    {
      name: "id",
      into: "id",
      is: text(formats.id),
      about: "Names the peer; unique in its upstream. By default its address.",
    },
    {
      name: "address",
      into: "address",
      is: text(formats.address),
      isRequired: true,
      about: "Where the peer listens: host:port, [ipv6]:port or unix:/path.",
    },
    {
      name: "weight",
      into: "weight",
      is: integer(0, 1000),
      default: 1,
      about: "Its share of new sessions, relative to the others; 0: none but those bound to it.",
    },
    {
      name: "max_conns",
      into: "maxConns",
      is: integer(0, 1_000_000_000),
      default: 0,
      about: "The most sessions it may have at once; 0: no limit.",
    },
    {
      name: "backup",
      into: "isBackup",
      is: boolean(),
      default: false,
      about: "Gets sessions only when no other peer can.",
    },
    { name: "zone", into: "zone", is: text(formats.zone), default: "", about: "Where it runs." },
    {
      name: "state",
      into: "state",
      is: choice("ready", "drain", "maint"),
      default: "ready",
      about: "ready; drain: no new sessions but bound ones; maint: none at all.",
    },
  ],
  { complete: completePeer },
);

function completePeer(this: void, draft: Draft<PeerConfig>): void {
  if (draft.id === undefined) draft.id = draft.address;
}
