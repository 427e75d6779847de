import type { Fallible } from "../fallible";
import { isControl, isLetterOrDigit, isWord } from "./characters";

/** A route's path, taken apart. It is matched against the decoded path of a request. */
export interface PathPattern {
  /** Literal text, or `{param}`; without the `*`. A last segment `""` stands for a slash at the end. */
  readonly segments: readonly string[];
  readonly params: readonly string[];
  /** Whether it ends in `*`, which stands for whatever follows. */
  readonly hasRest: boolean;
}

const MAX_SEGMENTS = 64;
/** What no literal may hold: the marks of patterns, and those that a path ends with or escapes by. */
const RESERVED = "{}*?#%";

/** Says what is wrong with a literal segment. */
export function literalFault(segment: string): string | undefined {
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
export function parameterName(segment: string): string | undefined {
  if (!segment.startsWith("{") || !segment.endsWith("}")) return undefined;
  const name = segment.substring(1, segment.length - 1);
  return isWord(name) ? name : undefined;
}

/** `/`, then segments: literal text, `{param}` as a whole one, and `*` as the last. */
export function parsePath(text: string): Fallible<PathPattern> {
  if (!text.startsWith("/")) return $multi(undefined, "it does not start with '/'");
  const segments = text.substring(1).split("/");
  if (segments.length > MAX_SEGMENTS) {
    return $multi(undefined, `it has more than ${MAX_SEGMENTS} segments`);
  }
  const last = segments.length - 1;
  const hasRest = segments[last] === "*";
  const isClosed = segments[last] === "";
  const params: string[] = [];
  for (const index of $range(0, hasRest || isClosed ? last - 1 : last)) {
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
  if (hasRest) segments.pop();
  return $multi({ segments, params, hasRest });
}
