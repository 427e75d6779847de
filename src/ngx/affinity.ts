import { add_header } from "ngx.resp";
import type { AffinityDeps } from "../core/affinity/tokens";
import type { Log } from "../core/ports";
import type { Session } from "../core/session/session";
import { randomSecret } from "./entropy";
import { AFFINITY_SECRET_KEY } from "./keys";
import { variables } from "./variables";

const TEMPORARY =
  "affinity cookies hold until nginx is restarted, and on this gateway only: for more, set affinity_secret_file or " +
  "SWITCHBOARD_AFFINITY_SECRET";

const TOKEN_BYTES = 16;
const URL_SAFE: Record<string, string> = { "+": "-", "/": "_" };

/** @param secrets the operator's; none: all workers share a random one, which is made when the first upstream needs it */
export function affinityDeps(dict: NgxSharedDict, secrets: readonly string[], log: Log): AffinityDeps {
  return {
    mac: { sign },
    secrets: () => (secrets.length > 0 ? secrets : [ownSecret(dict, log)]),
  };
}

/** The first 16 bytes of HMAC-SHA1 in base64url. */
function sign(this: void, secret: string, text: string): string {
  const bytes = string.sub(ngx.hmac_sha1(secret, text), 1, TOKEN_BYTES);
  const [token] = string.gsub(ngx.encode_base64(bytes, true), "[+/]", URL_SAFE);
  return token;
}

/** The same in all workers, and through reloads. Whoever makes it says so. */
function ownSecret(dict: NgxSharedDict, log: Log): string {
  const made = randomSecret();
  const [isMade, err] = dict.safe_add(AFFINITY_SECRET_KEY, made);
  if (isMade === true) {
    log.write("notice", TEMPORARY);
    return made;
  }
  const [kept] = dict.get(AFFINITY_SECRET_KEY);
  if (typeof kept === "string") return kept;
  log.write(
    "error",
    `affinity cookies of this worker are unknown to the others: no place for the secret: ${err}`,
  );
  return made;
}

/** In the header filter, when the peer has answered: gives the client the cookie that it should have. */
export function bindClient(session: Session): void {
  const { pool, peer } = session;
  if (pool === undefined || peer === undefined || pool.affinity === undefined) return;
  // Not with an answer that the gateway makes.
  if (session.attempts === 0 || session.verdict !== "") return;
  const { affinity } = pool;
  if (!affinity.isRenewed && affinity.cookieOf(variables) === affinity.tokenOf(peer)) return;
  const cookie = affinity.setCookieFor(peer, isTls());
  // Added behind what the backend sets; a value assigned to ngx.header would take its place.
  if (cookie !== undefined) add_header("Set-Cookie", cookie);
}

/** As it is told to the backend: a load balancer in front is believed where switchboard/trusted.conf lists it. */
function isTls(): boolean {
  const scheme = ngx.var["switchboard_forwarded_proto"];
  return scheme !== undefined && scheme !== "http" && scheme.toLowerCase().startsWith("https");
}
