import type { ApiError, Finding } from "../client/shapes";
import { printable } from "./style";

/** What the operator can do about it, where a flag or a command does. */
const HINTS: Readonly<Record<string, string>> = {
  unauthorized: "give the token with --token-file or in SWITCHBOARD_ADMIN_TOKEN",
  last_ready_peer: "`switchboard drain` and `switchboard maint` do it all the same with --force",
  precondition_failed:
    "somebody changed the configuration since: read it again, and put your change into that",
  state_not_writable: "`switchboard status` tells which path is not writable",
};

/** Code, message, a line for each detail with its place, and a hint if there is one. */
export function describeError({ code, message, details = [] }: ApiError): string {
  const hint = HINTS[code];
  return [
    `error: ${code}: ${printable(message)}`,
    ...details.map((finding) => `  ${describeFinding(finding)}`),
    ...(hint === undefined ? [] : [`  (${hint})`]),
  ].join("\n");
}

/** The whole document has the empty pointer, which would not be seen. */
export function describeFinding({ pointer, message }: Finding): string {
  return printable(`${pointer === "" ? "/" : pointer}: ${message}`);
}
