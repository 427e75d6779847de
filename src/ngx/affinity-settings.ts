import { consistsOf, isVisible } from "../core/config/characters";
import type { Fallible } from "../core/fallible";
import { readFile } from "./files";
import type { InitOptions } from "./settings";

const SECRET_VARIABLE = "SWITCHBOARD_AFFINITY_SECRET";
const FILE_LIMIT_BYTES = 4096;
const MIN_SECRET_LENGTH = 16;
const NO_SECRET = "is to hold one or two secrets, each of 16 or more visible ASCII characters";

/**
 * In the master, at start and at every reload, as the admin token is. The first secret signs, and both are accepted, so that
 * one can take the place of another. None: the gateway makes one of its own.
 */
export function readAffinitySecrets(options: InitOptions): Fallible<readonly string[]> {
  const file = options.affinity_secret_file;
  if (file === undefined) {
    const text = os.getenv(SECRET_VARIABLE);
    if (text === undefined) return $multi([]);
    return parseSecrets(text, SECRET_VARIABLE);
  }
  if (type(file) !== "string") return $multi(undefined, "affinity_secret_file is to be a path");
  const [text, err] = readFile(file, FILE_LIMIT_BYTES);
  if (text === undefined) return $multi(undefined, `affinity_secret_file: ${err}`);
  return parseSecrets(text, `affinity_secret_file: ${file}`);
}

/** No message shows any of the text. */
function parseSecrets(text: string, whose: string): Fallible<readonly string[]> {
  const secrets: string[] = [];
  for (const [word] of string.gmatch(text, "%S+")) {
    if (word === undefined || word.length < MIN_SECRET_LENGTH || !consistsOf(word, isVisible))
      return $multi(undefined, `${whose} ${NO_SECRET}`);
    secrets.push(word);
  }
  if (secrets.length === 0 || secrets.length > 2) return $multi(undefined, `${whose} ${NO_SECRET}`);
  return $multi(secrets);
}
