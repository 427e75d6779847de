import type { Session } from "../../core/session/session";
import { gatewayInUse } from "../worker";

const NAME = "Switchboard-Peer";

/**
 * In the header filter, where the upstream heeds what its peers say: what this one says in its 101, which is not for the client,
 * nor is it in any other answer.
 */
export function takeAgentHeader({ pool, peer }: Session, isOpen: boolean): void {
  if (pool === undefined || peer === undefined || !pool.config.health.hasAgent) return;
  const said = ngx.header[NAME];
  if (said === undefined) return;
  ngx.header[NAME] = undefined;
  if (isOpen) gatewayInUse().attempts.agentSaid(peer, typeof said === "object" ? said.join(",") : `${said}`);
}
