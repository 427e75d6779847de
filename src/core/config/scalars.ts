import { formatDuration, parseDuration } from "./duration";
import type { Findings } from "./findings";
import { suggestion } from "./nearest";
import { alternatives, quote } from "./show";
import type { ChoiceSpec, DurationSpec, Format, NumberSpec } from "./specification";

/** Checks of values that hold no others. Each returns what the value becomes in the snapshot. */

export function refuse(expected: string, value: unknown, findings: Findings, reason?: string): undefined {
  findings.reportValue(expected, value, reason);
  return undefined;
}

export function walkText(format: Format<unknown>, value: unknown, findings: Findings): unknown {
  if (typeof value !== "string") return refuse(format.expected, value, findings);
  const [parsed, reason] = format.parse(value);
  return parsed === undefined ? refuse(format.expected, value, findings, reason) : parsed;
}

export function walkNumber(spec: NumberSpec, value: unknown, findings: Findings): number | undefined {
  const isWhole = spec.kind === "integer";
  if (typeof value === "number" && value >= spec.min && value <= spec.max) {
    if (!isWhole || Math.floor(value) === value) return value;
  }
  return refuse(`${isWhole ? "an integer" : "a number"} from ${spec.min} to ${spec.max}`, value, findings);
}

export function walkChoice(spec: ChoiceSpec, value: unknown, findings: Findings): string | undefined {
  if (value === true && spec.whenTrue !== undefined) return spec.whenTrue;
  if (value === false && spec.whenFalse !== undefined) return spec.whenFalse;
  if (typeof value !== "string") return refuse(alternatives(spec.values), value, findings);
  if (spec.values.includes(value)) return value;
  findings.report(
    `expected ${alternatives(spec.values)}, found ${quote(value)}${suggestion(value, spec.values)}`,
  );
  return undefined;
}

export function walkDuration(spec: DurationSpec, value: unknown, findings: Findings): number | undefined {
  if (typeof value !== "string") return refuseDuration(spec, value, findings);
  const [ms, reason] = parseDuration(value);
  if (ms === undefined) return refuseDuration(spec, value, findings, reason);
  if (ms < spec.minMs || ms > spec.maxMs) return refuseDuration(spec, value, findings, "out of range");
  const steps = ms / spec.stepMs;
  if (Math.floor(steps) === steps) return steps;
  return refuseDuration(spec, value, findings, `not a whole number of ${formatDuration(spec.stepMs)}`);
}

function refuseDuration(spec: DurationSpec, value: unknown, findings: Findings, reason?: string): undefined {
  const range = `from ${formatDuration(spec.minMs)} to ${formatDuration(spec.maxMs)}`;
  return refuse(`a duration ${range} (like "500ms", "30s", "5m" or "1h")`, value, findings, reason);
}
