import type { Session } from "../session/session";

/**
 * How a connection ended as far as the socket tells; `""` if its far side did not end it. `timeout` is nginx's own, `gone` the
 * kernel's: the far side left everything unanswered.
 */
export type ConnectionEnd = "" | "closed" | "reset" | "gone" | "timeout";

/**
 * The value of `$switchboard_outcome`: who ended the session and why, `who:why`.
 * @param status what the client got
 */
export function outcomeOf(
  session: Session,
  status: number,
  client: ConnectionEnd,
  peer: ConnectionEnd,
): string {
  if (session.verdict !== "") return `gateway:${session.verdict}`;
  if (!session.isOpen) {
    return status === 499 ? "client:aborted" : `upstream:http_${status}`;
  }
  if (peer === "timeout") return "gateway:idle_timeout";
  // A tunnel is timed on the peer's side; on the client's only what waits to be sent is.
  if (client === "timeout") return "gateway:send_timeout";
  if (peer !== "") return `upstream:${peer}`;
  return client !== "" ? `client:${client}` : "gateway:closed";
}
