import type { PlannedPeer, RebalancePlan } from "../client/shapes";
import { count } from "./amounts";
import { printable } from "./style";
import type { Style } from "./style";
import { renderTable } from "./table";
import type { Column } from "./table";

const PLAN_COLUMNS: readonly Column<PlannedPeer>[] = [
  { title: "PEER", show: ({ id }) => id },
  { title: "WEIGHT", isNumber: true, show: ({ weight }) => weight },
  { title: "ACTIVE", isNumber: true, show: ({ active }) => active },
  { title: "MOVABLE", isNumber: true, show: ({ movable }) => movable },
  { title: "PLANNED", isNumber: true, show: ({ planned }) => planned },
  { title: "CHANGE", isNumber: true, show: ({ active, planned }) => signed(planned - active) },
];

/** The plan as a table, and what is done with it. */
export function renderPlan(upstream: string, plan: RebalancePlan, style: Style): string {
  const { before, after, reason } = plan;
  const ratios = `max/mean ${ratio(before.max_over_mean)} -> ${ratio(after.max_over_mean)}`;
  const lines = [`${upstream}: ${whatIsDone(plan)}, ${ratios}`];
  if (reason !== undefined) lines.push(`the target of ${plan.target} is not reached: ${reason}`);
  return renderTable(PLAN_COLUMNS, plan.peers, style) + lines.map((line) => `${printable(line)}\n`).join("");
}

function whatIsDone({ dry_run, moves, rate, seconds }: RebalancePlan): string {
  if (moves === 0) return "nothing to move";
  return `${dry_run ? "would move" : "moving"} ${count(moves, "session")}, ${rate} in a second: ${seconds} s`;
}

function signed(change: number): string {
  return change > 0 ? `+${change}` : `${change === 0 ? "" : change}`;
}

function ratio(value: number): string {
  return value.toFixed(2);
}
