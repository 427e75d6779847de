import { styleText } from "node:util";

/** How to write to one output: with colours and boxes for a person at a terminal, as plain lines for anything else. */
export interface Style {
  readonly isTerminal: boolean;
  readonly hasColours: boolean;
}

export type Tone = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

export const PLAIN: Style = { isTerminal: false, hasColours: false };

/** https://no-color.org: any value that is not empty means no colours. */
export function styleOf(output: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Style {
  const isTerminal = output.isTTY === true;
  const isUnwanted = (environment["NO_COLOR"] ?? "") !== "" || environment["TERM"] === "dumb";
  return { isTerminal, hasColours: isTerminal && !isUnwanted };
}

export function paint(style: Style, tone: Tone | undefined, text: string): string {
  if (!style.hasColours || tone === undefined) return text;
  // The style has judged the terminal; Node would judge standard output again, by rules of its own.
  return styleText(tone, text, { validateStream: false });
}

/** Text of others made safe for a terminal, which obeys control characters. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
