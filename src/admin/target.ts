import type { Fallible } from "../core/fallible";
import { decodePercent } from "../core/route/percent";

/** A request's target as it was sent, taken apart. */
export interface Target {
  /** Decoded one by one: a `%2F` in an id is no slash between two. */
  readonly segments: readonly string[];
  /** Decoded, each name once. */
  readonly query: Readonly<Record<string, string>>;
}

/** Reads `/v1/upstreams/a%2Fb?key=x`. */
export function parseTarget(target: string): Fallible<Target> {
  const fragment = target.indexOf("#");
  const sent = fragment < 0 ? target : target.substring(0, fragment);
  const mark = sent.indexOf("?");
  const path = mark < 0 ? sent : sent.substring(0, mark);
  const segments: string[] = [];
  for (const part of path.substring(1).split("/")) {
    const [segment, err] = decodePercent(part);
    if (segment === undefined) return $multi(undefined, `the path ${err}`);
    segments.push(segment);
  }
  const [query, err] = parseQuery(mark < 0 ? "" : sent.substring(mark + 1));
  if (query === undefined) return $multi(undefined, err);
  return $multi({ segments, query });
}

function parseQuery(text: string): Fallible<Record<string, string>> {
  const query: Record<string, string> = {};
  for (const part of text.split("&")) {
    if (part !== "") {
      const equals = part.indexOf("=");
      const [name, nameErr] = decodeForm(equals < 0 ? part : part.substring(0, equals));
      if (name === undefined) return $multi(undefined, `the query ${nameErr}`);
      const [value, valueErr] = decodeForm(equals < 0 ? "" : part.substring(equals + 1));
      if (value === undefined) return $multi(undefined, `the query ${valueErr}`);
      if (query[name] !== undefined) return $multi(undefined, "the query names a parameter twice");
      query[name] = value;
    }
  }
  return $multi(query);
}

/** In a query a `+` is a space. */
function decodeForm(text: string): Fallible<string> {
  return decodePercent(text.includes("+") ? text.split("+").join(" ") : text);
}
