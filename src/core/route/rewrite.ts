import type { Fallible } from "../fallible";
import { parameterIndex, restAt, restIndex, segmentAt } from "./path-pattern";

/** A compiled template: texts with, between each two of them, the segment of the request's path to put there. */
export interface Rewrite {
  readonly texts: readonly string[];
  readonly segments: readonly number[];
  /** Where the rest begins in the request's path, if the template ends with it. */
  readonly rest: number | undefined;
}

/** What has no meaning in the text of a template: a query is not rewritten, and nothing in it is percent-encoded. */
const REFUSED = ["?", "#", "%", "*", "//"];

/**
 * Reads a template such as `/ws/{room}/*` for a route's path. `{name}` stands for what the parameter took, anywhere in
 * the template, and a last segment `*` for what the path's own `*` took. Templates are written decoded, like paths.
 */
export function compileRewrite(template: string, pattern: string): Fallible<Rewrite> {
  const endsWithRest = template.endsWith("/*");
  const body = endsWithRest ? template.substring(0, template.length - 1) : template;
  const flaw = flawOf(body);
  if (flaw !== undefined) return $multi(undefined, flaw);
  const rest = endsWithRest ? restIndex(pattern) : undefined;
  if (endsWithRest && rest === undefined) return $multi(undefined, `the path ${pattern} does not end with *`);
  const texts: string[] = [];
  const segments: number[] = [];
  const unknown = cut(body, pattern, texts, segments);
  if (unknown !== undefined) return $multi(undefined, unknown);
  return $multi({ texts, segments, rest });
}

function flawOf(body: string): string | undefined {
  if (!body.startsWith("/")) return "it does not start with '/'";
  for (const mark of REFUSED) if (body.includes(mark)) return `'${mark}' has no meaning in it`;
  return hasDotSegment(body) ? "it has a dot segment" : undefined;
}

/** Fills both lists; says what is wrong if something is. */
function cut(template: string, pattern: string, texts: string[], segments: number[]): string | undefined {
  let start = 0;
  let open = template.indexOf("{");
  while (open >= 0) {
    const close = template.indexOf("}", open);
    if (close < 0) return "it has a { without its }";
    const name = template.substring(open + 1, close);
    const segment = parameterIndex(pattern, name);
    if (segment === undefined) return `the path ${pattern} has no parameter {${name}}`;
    texts.push(template.substring(start, open));
    segments.push(segment);
    start = close + 1;
    open = template.indexOf("{", start);
  }
  texts.push(template.substring(start));
  return undefined;
}

/**
 * The decoded path to ask the peer for, made from a path that the route matched. What a client wrote cannot change
 * how the path is built: a parameter has no slash, and one that would complete a dot segment is refused.
 */
export function renderRewrite(rewrite: Rewrite, path: string): Fallible<string> {
  const { texts, segments, rest } = rewrite;
  let rendered = texts[0]!;
  for (let index = 0; index < segments.length; index += 1)
    rendered = rendered + segmentAt(path, segments[index]!) + texts[index + 1]!;
  if (rest !== undefined) rendered = rendered + restAt(path, rest);
  if (hasDotSegment(rendered)) return $multi(undefined, "a path parameter makes a segment . or ..");
  return $multi(rendered);
}

const DOT = 46;
const SLASH = 47;

function hasDotSegment(path: string): boolean {
  let slash = path.indexOf("/.");
  while (slash >= 0) {
    const end = path.charCodeAt(slash + 2) === DOT ? slash + 3 : slash + 2;
    if (end === path.length || path.charCodeAt(end) === SLASH) return true;
    slash = path.indexOf("/.", end);
  }
  return false;
}
