import { new as newCodec } from "cjson.safe";

/** A codec of our own: whatever else sets on the library's shared one does not reach it. */
const codec = newCodec();
codec.decode_invalid_numbers(false);

export function decodeJson(text: string): LuaMultiReturn<[value: unknown, err?: string]> {
  return codec.decode(text);
}

/** For plain data of our own making, which always encodes. An empty list comes out as `{}`. */
export function encodeJson(value: unknown): string {
  const [text, err] = codec.encode(value);
  if (text === undefined) error(`json: ${err}`);
  return text;
}
