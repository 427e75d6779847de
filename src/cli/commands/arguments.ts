import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { parseDuration } from "../../core/config/duration";
import { parsePeerName } from "../client/paths";
import type { PeerName } from "../client/paths";

/** A whole number that is not negative. */
export function toCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It is not a whole number.");
  return Number(text);
}

/** A duration as the configuration has them, checked and left as it is. */
export function toDuration(text: string): string {
  toMilliseconds(text);
  return text;
}

export function toMilliseconds(text: string): number {
  const [ms, reason] = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError(`A duration is like 500ms, 30s or 5m; ${reason}.`);
  return ms;
}

/** The longest that a timer of Node can wait is 2^31 ms; 0 would not wait at all. */
export function toWaitMs(text: string): number {
  const ms = toMilliseconds(text);
  if (ms < 1 || ms > 86_400_000) throw new InvalidArgumentError("It is not between 1ms and 24h.");
  return ms;
}

export function toPeerName(text: string): PeerName {
  return parsePeerName(text);
}

/** Adds examples to the end of a command's help. */
export function withExamples(command: Command, ...lines: string[]): Command {
  const title = lines.length === 1 ? "Example" : "Examples";
  return command.addHelpText("after", `\n${title}:\n${lines.map((line) => `  $ ${line}`).join("\n")}`);
}
