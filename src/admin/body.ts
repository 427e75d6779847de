import type { Fallible } from "../core/fallible";
import { printable } from "../core/config/show";
import { refusal, type Refusal } from "./errors";

/** No body is larger. */
export const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
/** None but a whole document is larger: any worker reads it, and it must not keep one busy. */
export const OBJECT_LIMIT_BYTES = 1024 * 1024;

const BLANKS = " \t\r\n";
const MAX_REASON = 200;

/** What curl sends unasked stands for JSON too. */
export function findTypeFault(contentType: string): Refusal | undefined {
  const end = contentType.indexOf(";");
  const type = (end < 0 ? contentType : contentType.substring(0, end)).trim().toLowerCase();
  const isJson = type === "application/json" || type.endsWith("+json");
  if (type === "" || isJson || type === "application/x-www-form-urlencoded") return undefined;
  return refusal("unsupported_media_type", "the body is to be application/json");
}

/** Reads a body, which has to be a JSON object; nothing at all stands for an empty one. */
export function parseBody(
  text: string,
  decode: (this: void, text: string) => Fallible<unknown>,
): LuaMultiReturn<[body: Readonly<Record<string, unknown>>] | [body: undefined, refusal: Refusal]> {
  const first = firstCharacter(text);
  if (first === "") return $multi({});
  const [body, err] = decode(text);
  if (err !== undefined) return $multi(undefined, refusal("bad_json", printable(err, MAX_REASON)));
  // Decoded, an empty list looks like an empty object in Lua.
  if (first !== "{") return $multi(undefined, refusal("bad_json", "the body is to be a JSON object"));
  return $multi(body as Readonly<Record<string, unknown>>);
}

function firstCharacter(text: string): string {
  for (let index = 0; index < text.length; index += 1)
    if (!BLANKS.includes(text.charAt(index))) return text.charAt(index);
  return "";
}
