import { readFileSync } from "node:fs";
import { EXIT, Failure } from "../failure";

const VARIABLE = "SWITCHBOARD_ADMIN_TOKEN";

/** The token of a file, or else of the environment. A file keeps it out of the list of processes. */
export function readToken(file: string | undefined, environment: NodeJS.ProcessEnv): string | undefined {
  if (file !== undefined) return requireToken(read(file), `--token-file: ${file}`);
  const given = environment[VARIABLE] ?? "";
  return given === "" ? undefined : requireToken(given, VARIABLE);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`error: --token-file: ${(error as Error).message}`, EXIT.usage);
  }
}

/** It becomes a header, so it must fit into one. */
function requireToken(text: string, source: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new Failure(`error: ${source} does not hold one line with a token`, EXIT.usage);
}
