import type { Fallible } from "../fallible";
import { isVisible, isWord, isWordCharacter } from "./characters";

const DOLLAR = 0x24;
const OPEN = 0x7b;
const CLOSE = 0x7d;

export interface TemplatePart {
  readonly kind: "text" | "variable" | "parameter";
  /** The literal text, or the name. */
  readonly text: string;
}

/** Text with holes for nginx variables and path parameters, parsed once and rendered for each request. */
export interface Template {
  readonly parts: readonly TemplatePart[];
}

/** Gives a value by its name; `undefined` renders as nothing. */
export type Lookup = (this: void, name: string) => string | undefined;

/** A part and the index behind it. */
type Read = Fallible<{ readonly part: TemplatePart; readonly end: number }>;

function readVariable(text: string, dollar: number): Read {
  const start = dollar + 1;
  const next = text.charCodeAt(start);
  if (next === DOLLAR) return $multi({ part: { kind: "text", text: "$" }, end: start + 1 });
  if (next === OPEN) {
    const close = text.indexOf("}", start);
    const name = close === -1 ? "" : text.substring(start + 1, close);
    if (!isWord(name)) return $multi(undefined, "no lower-case variable name between '${' and '}'");
    return $multi({ part: { kind: "variable", text: name }, end: close + 1 });
  }
  let end = start;
  while (isWordCharacter(text.charCodeAt(end))) end += 1;
  const name = text.substring(start, end);
  if (!isWord(name))
    return $multi(undefined, "no lower-case variable name after '$' ('$$' is a dollar sign)");
  return $multi({ part: { kind: "variable", text: name }, end });
}

function readParameter(text: string, brace: number, params: readonly string[]): Read {
  const close = text.indexOf("}", brace);
  if (close === -1) return $multi(undefined, "'{' without '}'");
  const name = text.substring(brace + 1, close);
  if (!isWord(name)) return $multi(undefined, "no parameter name between '{' and '}'");
  if (!params.includes(name)) return $multi(undefined, `the path has no parameter {${name}}`);
  return $multi({ part: { kind: "parameter", text: name }, end: close + 1 });
}

function readText(text: string, start: number): Read {
  let end = start;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code === DOLLAR || code === OPEN) break;
    if (code === CLOSE) return $multi(undefined, "'}' without '{'");
    if (!isVisible(code)) return $multi(undefined, "a character that is not visible ASCII");
    end += 1;
  }
  return $multi({ part: { kind: "text", text: text.substring(start, end) }, end });
}

/** `$name` and `${name}` are nginx variables, `{param}` is one of `params`, `$$` a dollar sign, the rest is text. */
export function parseTemplate(text: string, params: readonly string[]): Fallible<Template> {
  const parts: TemplatePart[] = [];
  let index = 0;
  while (index < text.length) {
    const mark = text.charCodeAt(index);
    const [read, reason] =
      mark === DOLLAR
        ? readVariable(text, index)
        : mark === OPEN
          ? readParameter(text, index, params)
          : readText(text, index);
    if (read === undefined) return $multi(undefined, reason);
    parts.push(read.part);
    index = read.end;
  }
  return $multi({ parts });
}

function renderPart(part: TemplatePart, variable: Lookup, parameter: Lookup): string {
  if (part.kind === "text") return part.text;
  return (part.kind === "variable" ? variable(part.text) : parameter(part.text)) ?? "";
}

export function renderTemplate(template: Template, variable: Lookup, parameter: Lookup): string {
  const parts = template.parts;
  if (parts.length === 1) return renderPart(parts[0]!, variable, parameter);
  let rendered = "";
  for (const part of parts) rendered += renderPart(part, variable, parameter);
  return rendered;
}
