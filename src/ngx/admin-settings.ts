import type { GuardSettings } from "../admin/guard";
import { consistsOf, isVisible } from "../core/config/characters";
import { parseHost } from "../core/config/host";
import type { Fallible } from "../core/fallible";
import { readFile } from "./files";
import type { InitOptions } from "./settings";

const TOKEN_VARIABLE = "SWITCHBOARD_ADMIN_TOKEN";
const TOKEN_LIMIT_BYTES = 4096;
const NO_TOKEN = "is to hold a token of visible ASCII characters";

/** In the master, which has the whole environment and reads what root may; at start and at every reload. */
export function readGuardSettings(options: InitOptions): Fallible<GuardSettings> {
  const [token, tokenErr] = readToken(options.admin_token_file);
  if (tokenErr !== undefined) return $multi(undefined, tokenErr);
  const [hosts, hostsErr] = readHosts(options.admin_hosts);
  if (hosts === undefined) return $multi(undefined, hostsErr);
  return $multi({ token, hosts });
}

/** The file goes before the variable. One that is named and holds nothing must not open the door. */
function readToken(file: string | undefined): Fallible<string | undefined> {
  if (file === undefined) return checkToken(os.getenv(TOKEN_VARIABLE), TOKEN_VARIABLE);
  if (type(file) !== "string") return $multi(undefined, "admin_token_file is to be a path");
  const [text, err] = readFile(file, TOKEN_LIMIT_BYTES);
  if (text === undefined) return $multi(undefined, `admin_token_file: ${err}`);
  return checkToken(text, `admin_token_file: ${file}`);
}

function checkToken(text: string | undefined, whose: string): Fallible<string | undefined> {
  if (text === undefined) return $multi(undefined);
  const token = text.trim();
  if (!consistsOf(token, isVisible)) return $multi(undefined, `${whose} ${NO_TOKEN}`);
  return $multi(token);
}

function readHosts(given: readonly string[] | undefined): Fallible<readonly string[]> {
  const hosts: string[] = [];
  if (given === undefined) return $multi(hosts);
  if (type(given) !== "table") return $multi(undefined, "admin_hosts is to be a list of host names");
  for (const name of given) {
    const [host, err] = parseHost(tostring(name));
    if (host === undefined) return $multi(undefined, `admin_hosts: ${tostring(name)}: ${err}`);
    hosts.push(host);
  }
  return $multi(hosts);
}
