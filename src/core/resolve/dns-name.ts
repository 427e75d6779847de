import type { Fallible } from "../fallible";

const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;
const LABEL_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * The name as it is asked for: lower case, without the dot at the end. Names that no DNS message can carry are refused
 * here, as the libraries would send a malformed question (RFC 1035 2.3.4).
 */
export function absoluteName(name: string): Fallible<string> {
  const bare = (name.endsWith(".") ? name.substring(0, name.length - 1) : name).toLowerCase();
  if (bare.length > LONGEST_NAME) return $multi(undefined, `longer than ${LONGEST_NAME} characters`);
  for (const label of bare.split(".")) {
    if (label === "") return $multi(undefined, "empty label");
    if (label.length > LONGEST_LABEL) {
      return $multi(undefined, `label longer than ${LONGEST_LABEL} characters`);
    }
    for (let index = 0; index < label.length; index += 1) {
      if (!LABEL_CHARACTERS.includes(label.charAt(index))) {
        return $multi(undefined, "a label holds letters, digits, - and _");
      }
    }
  }
  return $multi(bare);
}
