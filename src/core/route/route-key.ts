import { parsePath } from "../config/path";
import { parseTemplate } from "../config/template";
import { parameterIndex, segmentAt } from "./path-pattern";

/** A route's key template, compiled: texts with, between each two of them, a hole. */
export interface RouteKey {
  readonly texts: readonly string[];
  /** Of each hole, the nginx variable that fills it; `""` where a segment of the path does. */
  readonly variables: readonly string[];
  /** Of each hole, the segment that fills it; meaningless beside a variable. */
  readonly segments: readonly number[];
}

/** What a key is made of. */
export interface KeySource {
  path: string;
  /** An nginx variable; `undefined` if the request has none of the name. */
  variable(name: string): string | undefined;
}

/** @returns `undefined` for a route without a key */
export function compileKey(template: string, pattern: string): RouteKey | undefined {
  const [parameters] = parsePath(pattern);
  const [parsed] = parseTemplate(template, parameters ?? []);
  if (parsed === undefined || parsed.parts.length === 0) return undefined;
  const texts = [""];
  const variables: string[] = [];
  const segments: number[] = [];
  for (const { kind, text } of parsed.parts) {
    if (kind === "text") texts[texts.length - 1] = `${texts[texts.length - 1]!}${text}`;
    else {
      variables.push(kind === "variable" ? text : "");
      segments.push(kind === "variable" ? 0 : (parameterIndex(pattern, text) ?? 0));
      texts.push("");
    }
  }
  return { texts, variables, segments };
}

/** The key of a request; `""` if none of the holes has anything in it: such requests have nothing in common. */
export function renderKey(key: RouteKey, source: KeySource): string {
  const { texts, variables, segments } = key;
  if (variables.length === 0) return texts[0]!;
  let rendered = texts[0]!;
  let isEmpty = true;
  for (let hole = 0; hole < variables.length; hole += 1) {
    const name = variables[hole]!;
    const value = name === "" ? segmentAt(source.path, segments[hole]!) : (source.variable(name) ?? "");
    if (value !== "") isEmpty = false;
    rendered = rendered + value + texts[hole + 1]!;
  }
  return isEmpty ? "" : rendered;
}
