/**
 * JSON put together from texts. The codec of one kind of nginx cannot tell an empty list from an empty object, so it is
 * given objects only, and lists are made here.
 */

export function listText(items: readonly string[]): string {
  return `[${items.join(",")}]`;
}

/** An object's text with one field more. */
export function withField(object: string, name: string, value: string): string {
  const head = object.substring(0, object.length - 1);
  return `${head}${head === "{" ? "" : ","}"${name}":${value}}`;
}
