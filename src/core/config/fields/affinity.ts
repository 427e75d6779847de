import { isHostName, isSecureName } from "../../affinity/cookie-name";
import type { Findings } from "../findings";
import * as formats from "../formats";
import type { AffinityConfig } from "../snapshot";
import type { Draft } from "../specification";
import { boolean, choice, object, text, triState } from "../specification";
import { YEAR_MS } from "./spans";

export const affinity = object<AffinityConfig>(
  [
    {
      name: "type",
      into: "type",
      is: choice("cookie", "key"),
      default: "cookie",
      about: "Binds a client by a cookie set on the handshake, or by the route's key.",
    },
    { name: "name", into: "name", is: text(formats.token), default: "sb", about: "The cookie's name." },
    {
      name: "strict",
      into: "isStrict",
      is: boolean(),
      default: false,
      about: "Refuses a session rather than sending it to another peer.",
    },
    { name: "path", into: "path", is: text(formats.cookiePath), default: "/", about: "The cookie's Path." },
    {
      name: "max_age",
      into: "maxAgeS",
      is: { kind: "duration", minMs: 0, maxMs: YEAR_MS, stepMs: 1000 },
      default: "0s",
      about: "The cookie's Max-Age in whole seconds; 0s: until the browser is closed.",
    },
    {
      name: "secure",
      into: "secure",
      is: triState("auto", "always", "never"),
      default: "auto",
      about: "The cookie's Secure: auto sets it on TLS. true is always, false is never.",
    },
    {
      name: "http_only",
      into: "isHttpOnly",
      is: boolean(),
      default: true,
      about: "The cookie's HttpOnly.",
    },
    {
      name: "same_site",
      into: "sameSite",
      is: choice("Lax", "Strict", "None", ""),
      default: "Lax",
      about: 'The cookie\'s SameSite; "": none is sent.',
    },
  ],
  { isSwitchable: true, complete: checkAffinity },
);

/** What browsers refuse, they refuse in silence. */
function checkAffinity(this: void, draft: Draft<AffinityConfig>, findings: Findings): void {
  const { name, path, sameSite, secure, type } = draft;
  if (sameSite === "None" && secure === "never")
    findings.reportField("same_site", 'browsers refuse a cookie with "None" that is never secure');
  if (type !== "cookie" || name === undefined) return;
  if (isSecureName(name) && secure === "never")
    findings.reportField("name", "browsers refuse a cookie of this name that is never secure");
  if (isHostName(name) && path !== undefined && path !== "/")
    findings.reportField("name", 'browsers refuse a cookie of this name with another path than "/"');
}
