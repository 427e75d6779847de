import { answer, type Answer } from "../answer";
import { isLate, type Session } from "../session/session";

/**
 * What to tell the client whose handshake or request has come to nothing.
 * @param status that the failure is known under: 500 for one of the gateway's own, 504 for a timeout
 */
export function explain(session: Session | undefined, status: number): Answer {
  if (session === undefined || status === 500)
    return answer("internal_error", "the gateway failed; its error log says why");
  const { failure } = session;
  if (isLate(session) || status === 504 || failure === "timeout") {
    return answer("handshake_timeout", "the backend did not answer the handshake in time");
  }
  if (failure.startsWith("http_")) {
    return answer("bad_upstream", `the backend answered ${failure.substring(5)}`);
  }
  return answer("bad_upstream", "no backend could be reached that answers a handshake");
}
