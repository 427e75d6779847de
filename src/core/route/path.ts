import type { Fallible } from "../fallible";
import { segmentsOf } from "./path-pattern";
import { decodePercent } from "./percent";

/**
 * What nginx makes of a request's target and Host before a route is looked for, for callers that have no nginx at
 * hand. Strings hold one byte per character.
 */
const SPACE = 32;
const DELETE = 127;
/** RFC 3986: what an IP literal may hold beside letters and digits. */
const IN_LITERAL = ":-._~!$&'()*+,;=";

/**
 * The path of a request target as nginx's `$uri`: without query and fragment, percent-decoded, with slashes merged and
 * dot segments resolved. It is refused where nginx answers 400.
 */
export function normalisePath(target: string): Fallible<string> {
  if (hasControl(target)) return $multi(undefined, "has a space or a control character");
  const start = pathStart(target);
  if (start === undefined) return $multi(undefined, "is neither a path nor a URL with a host");
  const [decoded, err] = decodePercent(withoutQuery(target.substring(start)));
  if (err !== undefined) return $multi(undefined, err);
  return resolve(decoded);
}

/** A Host header as nginx's `$host`: lower case, without the port and one trailing dot; IPv6 keeps its brackets. */
export function normaliseHost(host: string): string {
  const name = host.substring(0, nameEnd(host));
  return (name.endsWith(".") ? name.substring(0, name.length - 1) : name).toLowerCase();
}

/** Where the name ends and the port, if any, begins. */
function nameEnd(host: string): number {
  const isLiteral = host.startsWith("[");
  const last = host.indexOf(isLiteral ? "]" : ":");
  if (last < 0) return host.length;
  return isLiteral ? last + 1 : last;
}

function hasControl(target: string): boolean {
  for (let index = 0; index < target.length; index += 1) {
    const code = target.charCodeAt(index);
    if (code <= SPACE || code === DELETE) return true;
  }
  return false;
}

/** Where the path begins: at once, or after `scheme://host:port`. */
function pathStart(target: string): number | undefined {
  if (target.startsWith("/")) return 0;
  const mark = target.indexOf("://");
  if (mark < 1 || !isLetter(target.charCodeAt(0)) || !consistsOf(target.substring(0, mark), "+-."))
    return undefined;
  let end = mark + 3;
  while (end < target.length && !"/?".includes(target.charAt(end))) end += 1;
  return isAuthority(target.substring(mark + 3, end)) ? end : undefined;
}

function isAuthority(authority: string): boolean {
  const end = nameEnd(authority);
  const name = authority.substring(0, end);
  if (normaliseHost(name) === "" || name.includes("..")) return false;
  if (!isPort(authority.substring(end))) return false;
  if (!name.startsWith("[")) return consistsOf(name, "-.");
  return name.endsWith("]") && consistsOf(name.substring(1, name.length - 1), IN_LITERAL);
}

/** Nothing, or a colon with any number of digits. */
function isPort(text: string): boolean {
  if (text !== "" && !text.startsWith(":")) return false;
  for (let index = 1; index < text.length; index += 1) if (!isDigit(text.charCodeAt(index))) return false;
  return true;
}

function consistsOf(text: string, further: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (!isLetter(code) && !isDigit(code) && !further.includes(text.charAt(index))) return false;
  }
  return true;
}

function withoutQuery(text: string): string {
  const query = text.indexOf("?");
  const path = query < 0 ? text : text.substring(0, query);
  const fragment = path.indexOf("#");
  return fragment < 0 ? path : path.substring(0, fragment);
}

/** Slashes and dots count however they were written: nginx decodes first. */
function resolve(path: string): Fallible<string> {
  const kept: string[] = [];
  let isFolder = true;
  for (const segment of segmentsOf(path)) {
    if (segment === ".." && kept.length === 0) return $multi(undefined, "climbs above the root");
    isFolder = segment === "" || segment === "." || segment === "..";
    if (segment === "..") kept.pop();
    else if (!isFolder) kept.push(segment);
  }
  return $multi(`/${kept.join("/")}${isFolder && kept.length > 0 ? "/" : ""}`);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
