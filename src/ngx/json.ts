import { new as newCodec } from "cjson.safe";
import type { Fallible } from "../core/fallible";

/** A codec of our own: whatever else sets on the library's shared one does not reach it. */
const codec = newCodec();
codec.decode_invalid_numbers(false);

/** Texts over this size are decoded without the garbage collector, whose work would come on top in the same piece. */
const LARGE_BYTES = 256 * 1024;

/** For texts of any size: a megabyte takes some 15 ms, in one piece. */
export function decodeLargeJson(text: string): LuaMultiReturn<[value: unknown, err?: string]> {
  if (text.length < LARGE_BYTES) return codec.decode(text);
  collectgarbage("stop");
  const [value, err] = codec.decode(text);
  collectgarbage("restart");
  return $multi(value, err);
}

export function decodeJson(text: string): LuaMultiReturn<[value: unknown, err?: string]> {
  return codec.decode(text);
}

/** The same with a reason where it is not JSON. */
export function decodeText(this: void, text: string): Fallible<unknown> {
  const [value, err] = codec.decode(text);
  if (value === undefined) return $multi(undefined, err ?? "not JSON");
  return $multi(value);
}

/** For plain data of our own making, which always encodes. An empty list comes out as `{}`. */
export function encodeJson(value: unknown): string {
  const [text, err] = codec.encode(value);
  if (text === undefined) error(`json: ${err}`);
  return text;
}
