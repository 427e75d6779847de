import type { Fallible } from "../core/fallible";
import { zone } from "../core/config/formats";
import type { InitOptions } from "./settings";

const ZONE_VARIABLE = "SWITCHBOARD_ZONE";

/** Where the gateway itself runs, as `zone` says it of a peer; `""`: nobody said. The option goes before the variable. */
export function readZone(options: InitOptions): Fallible<string> {
  const isGiven = options.zone !== undefined;
  const given: unknown = isGiven ? options.zone : (os.getenv(ZONE_VARIABLE) ?? "");
  const whose = isGiven ? "zone" : ZONE_VARIABLE;
  if (typeof given === "string") {
    const [text] = zone.parse(given);
    if (text !== undefined) return $multi(text);
  }
  return $multi(undefined, `${whose} is to be ${zone.expected}`);
}
