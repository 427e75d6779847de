import type { Findings, Step } from "./findings";

type Json = Readonly<Record<string, unknown>>;

interface PendingField {
  /** Where the field stands; `*` is any key or index. */
  readonly place: readonly string[];
  /** The value that asks for nothing, if there is one. */
  readonly inert?: string | boolean;
}

/** What the validator knows and nothing acts on yet. A field leaves this list with the change that makes it work. */
export const PENDING: readonly PendingField[] = [
  { place: ["routes", "*", "mode"], inert: "tunnel" },
  { place: ["routes", "*", "on_drain"], inert: "close" },
  { place: ["routes", "*", "on_crash"], inert: "close" },
];

/** Reports every such field that a valid document sets. */
export function warnOfPending(document: unknown, warnings: Findings): void {
  for (const field of PENDING) visit(document, field, 0, warnings);
}

function visit(value: unknown, field: PendingField, depth: number, warnings: Findings): void {
  const step = field.place[depth];
  if (step === undefined) {
    if (value !== field.inert) warnings.report("is accepted but has no effect yet");
  } else if (typeof value === "object" && value !== null) {
    if (step !== "*") visitChild((value as Json)[step], step, field, depth, warnings);
    else if (Array.isArray(value)) visitItems(value, field, depth, warnings);
    else {
      for (const key of Object.keys(value).sort()) {
        visitChild((value as Json)[key], key, field, depth, warnings);
      }
    }
  }
}

function visitItems(items: readonly unknown[], field: PendingField, depth: number, warnings: Findings): void {
  for (const index of $range(0, items.length - 1)) visitChild(items[index], index, field, depth, warnings);
}

function visitChild(
  child: unknown,
  step: Step,
  field: PendingField,
  depth: number,
  warnings: Findings,
): void {
  if (child === undefined) return;
  warnings.enter(step);
  visit(child, field, depth + 1, warnings);
  warnings.leave();
}
