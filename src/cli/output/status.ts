import type { Status, WorkerGeneration } from "../client/shapes";
import { count } from "./amounts";
import { paint, printable } from "./style";
import type { Style, Tone } from "./style";
import { renderTable } from "./table";
import type { Column } from "./table";

const GENERATION_COLUMNS: readonly Column<WorkerGeneration>[] = [
  { title: "GENERATION", isNumber: true, show: ({ generation }) => generation },
  { title: "WORKERS", isNumber: true, show: ({ workers }) => workers },
  { title: "SESSIONS", isNumber: true, show: ({ sessions }) => sessions },
  { title: "EXITING", show: ({ exiting }) => (exiting ? "yes" : "no") },
  { title: "WHY", show: ({ why }) => why },
];

/** One fact in a line; what is wrong comes last, where it is seen. */
export function renderStatus(status: Status, style: Style): string {
  const generations = status.worker_generations ?? [];
  return [
    ...facts(status).map(([name, value]) => `${name.padEnd(NAME_WIDTH)}  ${printable(`${value}`)}\n`),
    ...(generations.length > 1 ? [renderTable(GENERATION_COLUMNS, generations, style)] : []),
    ...problems(status).map(([tone, text]) => `${paint(style, tone, printable(text))}\n`),
  ].join("");
}

const NAME_WIDTH = "generation".length;

function facts(status: Status): [string, string | number][] {
  const { totals = {}, leader, overrides } = status;
  const leading: [string, string | number][] =
    leader === undefined ? [] : [["leader", leader === 0 ? "none" : `process ${leader}`]];
  return [
    ["version", status.version],
    ["generation", status.generation],
    ["workers", status.workers],
    ...leading,
    ...Object.entries(totals),
    ...(overrides === undefined ? [] : ([["overrides", overrides]] as [string, number][])),
  ];
}

function problems(status: Status): [Tone, string][] {
  const { uncounted = 0, unlisted = 0, dropped_overrides = [], totals = {} } = status;
  const down = totals["peers_down"] ?? 0;
  return [
    ...told("red", "the configuration file is not in use", status.config_error),
    ...told("red", "the last reload was refused", status.last_reload_error),
    ...told("red", "run-time changes cannot be kept", status.state_error),
    ...(down > 0
      ? [["red", `${count(down, "peer")} ${down === 1 ? "is" : "are"} down`] as [Tone, string]]
      : []),
    ...(status.leader === 0 ? [["red", "no process leads: nothing can be changed"] as [Tone, string]] : []),
    ...(status.file_shadowed === true
      ? [["yellow", "the file is shadowed by a document that was put at run time"] as [Tone, string]]
      : []),
    ...dropped_overrides.map((text): [Tone, string] => ["yellow", `dropped override: ${text}`]),
    ...(uncounted > 0
      ? [["red", `${uncounted} sessions are not counted: the zone is full`] as [Tone, string]]
      : []),
    ...(unlisted > 0
      ? [["yellow", `${unlisted} sessions are not listed: the zone is full`] as [Tone, string]]
      : []),
  ];
}

function told(tone: Tone, what: string, reason: string | undefined): [Tone, string][] {
  return reason === undefined || reason === "" ? [] : [[tone, `${what}: ${reason}`]];
}
