import type { Fallible } from "../fallible";
import { parseStatuses } from "../health/statuses";
import { parseAddress, parseServer } from "./address";
import {
  consistsOf,
  hasControl,
  isLetterOrDigit,
  isPrintable,
  isTokenCharacter,
  isVisible,
} from "./characters";
import { parseHost } from "./host";
import { parsePath } from "./path";
import type { Format } from "./specification";
import type { WeightedUpstream } from "./snapshot";
import { parseTemplate } from "./template";

const HASH = 0x23;
const SEMICOLON = 0x3b;
const NAME_MARKS = "_.-";
const HOST_MARKS = ":[]";
const MAX_ID = 260;
const MAX_NAME = 64;

/** A literal segment of a path, as a regular expression. */
const LITERAL = "(?!\\.{1,2}(/|$))[^/?#%{}*\\u0000-\\u001f\\u007f]+";

function isIdCharacter(code: number): boolean {
  return isVisible(code) && code !== HASH;
}

function isNameCharacter(code: number): boolean {
  return isLetterOrDigit(code) || (isVisible(code) && NAME_MARKS.includes(String.fromCharCode(code)));
}

/** Of a Host header: a name or an address, and a port. */
function isHostCharacter(code: number): boolean {
  return isNameCharacter(code) || (isVisible(code) && HOST_MARKS.includes(String.fromCharCode(code)));
}

function isCookiePathCharacter(code: number): boolean {
  return isVisible(code) && code !== SEMICOLON;
}

/**
 * The text itself, where every character is of a class and there are not too many. They are counted last: only of
 * ASCII does every runtime count the same.
 */
function checked(
  text: string,
  isMember: (this: void, code: number) => boolean,
  max: number,
): Fallible<string> {
  if (!consistsOf(text, isMember)) return $multi(undefined, "a character is missing or not allowed");
  if (text.length > max) return $multi(undefined, `it has more than ${max} characters`);
  return $multi(text);
}

function accepted(text: string, reason: string | undefined): Fallible<string> {
  if (reason !== undefined) return $multi(undefined, reason);
  return $multi(text);
}

/** A `#` would look like the address that a resolved peer carries behind its id. */
export const id: Format = {
  expected: `1 to ${MAX_ID} visible ASCII characters without '#'`,
  pattern: `^[!"$-~]{1,${MAX_ID}}$`,
  parse: (text) => checked(text, isIdCharacter, MAX_ID),
};

export const name: Format = {
  expected: `1 to ${MAX_NAME} of A-Z, a-z, 0-9, '_', '.' and '-'`,
  pattern: `^[A-Za-z0-9_.-]{1,${MAX_NAME}}$`,
  parse: (text) => checked(text, isNameCharacter, MAX_NAME),
};

/** An upstream's name where several, weighted, could stand. */
export const onlyUpstream: Format<readonly WeightedUpstream[]> = {
  expected: "the name of an upstream",
  pattern: name.pattern,
  parse: (text) => {
    const [upstream, reason] = name.parse(text);
    if (upstream === undefined) return $multi(undefined, reason);
    return $multi([{ upstream, weight: 1 }]);
  },
  write: (value) => {
    const [first, second] = value as readonly WeightedUpstream[];
    return first !== undefined && second === undefined && first.weight === 1 ? first.upstream : undefined;
  },
};

export const zone: Format = {
  expected: `at most ${MAX_NAME} of A-Z, a-z, 0-9, '_', '.' and '-'`,
  pattern: `^[A-Za-z0-9_.-]{0,${MAX_NAME}}$`,
  parse: (text) => {
    if (text === "") return $multi(text);
    return checked(text, isNameCharacter, MAX_NAME);
  },
};

export const address: Format = {
  expected: "host:port, [ipv6]:port or unix:/path",
  pattern:
    '^(unix:/[!-"$-~]{0,106}|\\[[0-9A-Fa-f:.]{2,45}\\]:[1-9][0-9]{0,4}|[A-Za-z0-9_.-]{1,253}:[1-9][0-9]{0,4})$',
  parse: (text) => {
    const [, reason] = parseAddress(text);
    return accepted(text, reason);
  },
};

export const server: Format = {
  expected: "the IP address of a DNS server, with :port or without, IPv6 in brackets",
  pattern: "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9A-Fa-f:.]{2,45}\\])(:[1-9][0-9]{0,4})?$",
  parse: parseServer,
};

export const host: Format = {
  expected: "a name, *.name, an IPv4 address or [ipv6], without a port",
  pattern: "^((\\*\\.)?[A-Za-z0-9_.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}\\])$",
  parse: parseHost,
};

export const path: Format = {
  expected: "a path of literal segments, {param} and a final *",
  pattern: `^(?=/)(/(${LITERAL}|\\{[a-z_][a-z0-9_]*\\}))*(/\\*?)?$`,
  parse: (text) => {
    const [, reason] = parsePath(text);
    return accepted(text, reason);
  },
};

/** Looked at together with the route's path. */
export const rewrite: Format = {
  expected: "a path over the route's parameters",
  pattern: "^/",
  parse: (text) => accepted(text, text.startsWith("/") ? undefined : "it does not start with '/'"),
};

/** Looked at together with the route's path. */
export const key: Format = {
  expected: "a template such as $remote_addr or {room}",
  pattern: "^[!-~]*$",
  parse: (text) => $multi(text),
};

/** Outside a route there are no path parameters. */
function template(expected: string, pattern: string, canBeEmpty: boolean): Format {
  return {
    expected,
    pattern,
    parse: (text) => {
      if (text === "" && !canBeEmpty) return $multi(undefined, "it is empty");
      const [, reason] = parseTemplate(text, []);
      return accepted(text, reason);
    },
  };
}

export const hostHeader = template("a host or a template such as $http_host", "^[!-~]+$", false);
export const serverName = template('a name, a template such as $host, or ""', "^[!-~]*$", true);

export const requestPath: Format = {
  expected: "a path with or without a query",
  pattern: '^/[!-"$-~]*$',
  parse: (text) =>
    accepted(
      text,
      text.startsWith("/") && consistsOf(text, isIdCharacter)
        ? undefined
        : "it does not start with '/', or has a character that is not visible ASCII",
    ),
};

export const cookiePath: Format = {
  expected: "a path without ';'",
  pattern: "^/[!-:<-~]*$",
  parse: (text) =>
    accepted(
      text,
      text.startsWith("/") && consistsOf(text, isCookiePathCharacter)
        ? undefined
        : "it does not start with '/', or has a character that is not allowed",
    ),
};

export const token: Format = {
  expected: "a token",
  pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$",
  parse: (text) => checked(text, isTokenCharacter, 128),
};

export const headerName: Format = {
  expected: "a header's name",
  pattern: token.pattern,
  parse: (text) => {
    const [found, reason] = token.parse(text);
    if (found === undefined) return $multi(undefined, reason);
    return $multi(found.toLowerCase());
  },
};

export const argumentName: Format = {
  expected: "an argument's name",
  pattern: "^[^\\u0000-\\u001f\\u007f]+$",
  parse: (text) =>
    accepted(text, text === "" || hasControl(text) ? "it is empty or has a control character" : undefined),
};

export const anyText: Format = {
  expected: "a string",
  parse: (text) => $multi(text),
};

/** Ends no line. */
export const headerValue: Format = {
  expected: "visible ASCII and blanks",
  pattern: "^[ -~]*$",
  parse: (text) =>
    accepted(text, text !== "" && !consistsOf(text, isPrintable) ? "a character is not allowed" : undefined),
};

/** What a probe says itself. */
const PROBE_HEADERS = [
  "connection",
  "content-length",
  "host",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-extensions",
  "transfer-encoding",
  "upgrade",
];

export const probeHeaderName: Format = {
  expected: "the name of a header that a probe does not send by itself",
  pattern: token.pattern,
  parse: (text) => {
    const [found, reason] = headerName.parse(text);
    if (found === undefined) return $multi(undefined, reason);
    if (PROBE_HEADERS.includes(found)) return $multi(undefined, "a probe sends it by itself");
    return $multi(found);
  },
};

export const probeHost: Format = {
  expected: 'a host with or without a port, or ""',
  pattern: "^[A-Za-z0-9_.:\\[\\]-]*$",
  parse: (text) =>
    accepted(
      text,
      text !== "" && !consistsOf(text, isHostCharacter) ? "a character is not allowed" : undefined,
    ),
};

export const statuses: Format = {
  expected: "statuses and ranges such as 200,300-399",
  pattern: "^[1-5][0-9]{2}(-[1-5][0-9]{2})?(,[1-5][0-9]{2}(-[1-5][0-9]{2})?)*$",
  parse: (text) => {
    const [ranges, reason] = parseStatuses(text);
    if (ranges === undefined) return $multi(undefined, reason);
    return $multi(text);
  },
};
