import type { Fallible } from "../fallible";
import { isParameter, segmentsOf } from "../route/path-pattern";
import { isControl, isLetterOrDigit, isWord } from "./characters";

const MAX_SEGMENTS = 64;
/** What no literal may hold: the marks of patterns, and those that a path ends with or escapes by. */
const RESERVED = "{}*?#%";

/** Says what is wrong with a literal segment. */
function literalFault(segment: string): string | undefined {
  if (segment === "") return "it has an empty segment";
  if (segment === "." || segment === "..") return "it has a dot segment";
  for (const index of $range(0, segment.length - 1)) {
    const code = segment.charCodeAt(index);
    if (isControl(code)) return "it has a control character";
    if (!isLetterOrDigit(code) && RESERVED.includes(segment.charAt(index))) {
      return `'${segment.charAt(index)}' stands where it has no meaning`;
    }
  }
  return undefined;
}

/** The name in a segment `{name}`, or `undefined` for any other segment. */
function parameterName(segment: string): string | undefined {
  if (!isParameter(segment)) return undefined;
  const name = segment.substring(1, segment.length - 1);
  return isWord(name) ? name : undefined;
}

/**
 * Checks a route's path, which is matched against the decoded path of a request: `/`, then segments, each literal or
 * `{param}`, and perhaps `*` as the last. Gives the names of its parameters.
 */
export function parsePath(text: string): Fallible<readonly string[]> {
  if (!text.startsWith("/")) return $multi(undefined, "it does not start with '/'");
  const segments = segmentsOf(text);
  if (segments.length > MAX_SEGMENTS) {
    return $multi(undefined, `it has more than ${MAX_SEGMENTS} segments`);
  }
  const last = segments.length - 1;
  const isOpenEnded = segments[last] === "*" || segments[last] === "";
  const params: string[] = [];
  for (const index of $range(0, isOpenEnded ? last - 1 : last)) {
    const name = parameterName(segments[index]!);
    if (name === undefined) {
      const fault = literalFault(segments[index]!);
      if (fault !== undefined) return $multi(undefined, fault);
    } else if (params.includes(name)) {
      return $multi(undefined, `{${name}} stands in it twice`);
    } else {
      params.push(name);
    }
  }
  return $multi(params);
}
