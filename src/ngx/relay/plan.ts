import type { CompiledRoute } from "../../core/gateway/compiled-route";
import type { RelayConfig } from "../../core/config/snapshot";
import type { ScannerOptions } from "../../core/frame/scanner";
import type { Plan } from "../../relay/state";
import { clock } from "../world";

/** RSV1, which permessage-deflate gives a meaning (RFC 7692 section 6). */
const COMPRESSED = 0x40;

/** What the sessions of a route share. */
export interface RoutePlan extends Plan {
  readonly fromClient: ScannerOptions;
  readonly fromPeer: ScannerOptions;
  /** The same where permessage-deflate was agreed. */
  readonly fromClientCompressed: ScannerOptions;
  readonly fromPeerCompressed: ScannerOptions;
}

/** By route, as long as anybody has the route. */
const plans = setmetatable(new LuaTable<CompiledRoute, RoutePlan>(), { __mode: "k" });

export function planOf(route: CompiledRoute, config: RelayConfig): RoutePlan {
  const known = plans.get(route) as RoutePlan | undefined;
  if (known !== undefined) return known;
  // To know of none spares looking at each frame.
  const isLimited = config.maxFrameBytes > 0 || config.maxMessageBytes > 0 || config.maxFragments > 0;
  const limits = isLimited ? config : undefined;
  const plan: RoutePlan = {
    route: route.config,
    config,
    clock,
    fromClient: { isMasked: true, reserved: 0, limits },
    fromPeer: { isMasked: false, reserved: 0 },
    fromClientCompressed: { isMasked: true, reserved: COMPRESSED, limits },
    fromPeerCompressed: { isMasked: false, reserved: COMPRESSED },
  };
  plans.set(route, plan);
  return plan;
}
