import { paint, printable } from "./style";
import type { Style, Tone } from "./style";

type Fields = Readonly<Record<string, unknown>>;

const TONES: Readonly<Record<string, Tone>> = {
  config: "cyan",
  peer: "yellow",
  drain: "yellow",
  move: "yellow",
  health: "yellow",
  dropped: "red",
};

/** These stand at the beginning of the line, or in none. */
const HEAD = new Set(["id", "type", "time"]);

const HEALTH_TONES: Readonly<Record<string, Tone>> = { up: "green", down: "red" };

/** An event in one line: time, type and its other fields as `name=value`. */
export function describeEvent(type: string, fields: Fields, style: Style): string {
  const time = typeof fields["time"] === "string" ? printable(fields["time"]) : "-";
  const rest = Object.entries(fields)
    .filter(([name]) => !HEAD.has(name))
    .map(([name, value]) => `${printable(name)}=${show(value)}`);
  const tone = type === "health" ? (HEALTH_TONES[String(fields["to"])] ?? TONES[type]) : TONES[type];
  return [time, paint(style, tone, printable(type).padEnd(7)), ...rest].join(" ");
}

/** As it is where it is one word. */
function show(value: unknown): string {
  const isWord = typeof value === "string" && /^[^\s"=]+$/.test(value);
  return printable(isWord ? value : JSON.stringify(value));
}
