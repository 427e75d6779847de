import { parseHost } from "../core/config/host";
import { normaliseHost } from "../core/route/path";
import { refusal, type Refusal } from "./errors";

/** Who may call the admin API. */
export interface GuardSettings {
  /** Without one, nobody but the machine itself may call. */
  readonly token: string | undefined;
  /** Names beside those of loopback under which it may be called, in lower case. */
  readonly hosts: readonly string[];
}

/** Who calls. A header that is not there is `""`. */
export interface Caller {
  /** Every address that the client is known under: that of its connection, and the one it is taken for. */
  readonly addresses: readonly string[];
  readonly host: string;
  readonly origin: string;
  readonly fetchSite: string;
  readonly authorization: string;
}

const SCHEME = "bearer ";

/** Why a call is not even looked at; `undefined` if it may be. */
export function findStranger(caller: Caller, settings: GuardSettings): Refusal | undefined {
  const { token, hosts } = settings;
  if (token === undefined && !caller.addresses.every((address) => isLocal(address))) {
    return refusal("forbidden_client", "without a token, only this machine itself may call");
  }
  const host = normaliseHost(caller.host);
  if (!isLoopbackName(host) && !hosts.includes(host)) {
    return refusal("forbidden_host", "this Host is not one of the admin server's: see admin_hosts of init");
  }
  if (isForeign(caller)) return refusal("forbidden_origin", "a page of another site may not call");
  if (token === undefined || isBearer(caller.authorization, token)) return undefined;
  return refusal("unauthorized", "send the token: Authorization: Bearer TOKEN");
}

/** Whether a client's address, as nginx writes it, is on this machine. */
function isLocal(address: string): boolean {
  return address === "unix:" || address === "::1" || isLoopbackIpv4(address);
}

function isLoopbackName(host: string): boolean {
  return host === "localhost" || host === "[::1]" || isLoopbackIpv4(host);
}

/** 127.0.0.0/8; a name such as 127.evil.example is no address. */
function isLoopbackIpv4(text: string): boolean {
  if (!text.startsWith("127.")) return false;
  for (let index = 0; index < text.length; index += 1)
    if (!"0123456789.".includes(text.charAt(index))) return false;
  const [host] = parseHost(text);
  return host !== undefined;
}

/** A browser says where a call comes from; nothing else does. */
function isForeign({ origin, host, fetchSite }: Caller): boolean {
  if (fetchSite !== "" && fetchSite !== "same-origin" && fetchSite !== "none") return true;
  if (origin === "") return false;
  const mark = origin.indexOf("://");
  return mark < 0 || origin.substring(mark + 3).toLowerCase() !== host.toLowerCase();
}

function isBearer(authorization: string, token: string): boolean {
  if (authorization.substring(0, SCHEME.length).toLowerCase() !== SCHEME) return false;
  return isSameSecret(authorization.substring(SCHEME.length), token);
}

/** Takes as long whatever the secret is: only the length of what was presented tells. */
function isSameSecret(presented: string, secret: string): boolean {
  let difference = presented.length ^ secret.length;
  for (let index = 0; index < presented.length; index += 1)
    difference |= presented.charCodeAt(index) ^ secret.charCodeAt(index % secret.length);
  return difference === 0;
}
