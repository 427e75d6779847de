import { getBorderCharacters, table } from "table";
import type { Figures } from "./figures";

const COLUMNS: readonly (readonly [title: string, show: (figures: Figures) => string])[] = [
  ["balancer", (figures) => figures.label],
  ["sessions", (figures) => count(figures.sessions)],
  ["open", (figures) => count(figures.open)],
  ["max/mean\nat the end", (figures) => ratio(figures.max_mean_end)],
  ["max/mean\nat worst", (figures) => ratio(figures.max_mean_worst)],
  ["p99\nof loads", (figures) => ratio(figures.p99_mean)],
  ["most to one\npeer in 1 s", (figures) => count(figures.flood_per_s)],
  [
    "balanced\nafter",
    (figures) => (figures.balanced_after_s === null ? "-" : `${figures.balanced_after_s} s`),
  ],
  ["refused", (figures) => count(figures.refused)],
  ["moved of\nreconnects", (figures) => `${count(figures.moves)}/${count(figures.reconnects)}`],
  ["keys\nmoved", (figures) => count(figures.key_moves)],
  [
    "handshake\nmean/most",
    (figures) => `${ratio(figures.mean_handshake_ms)}/${count(figures.slowest_handshake_ms)} ms`,
  ],
];

/** A line for each variant. */
export function renderTable(rows: readonly Figures[]): string {
  const cells = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, show]) => show(row)))];
  return table(cells, {
    border: getBorderCharacters("norc"),
    columnDefault: { alignment: "right" },
    columns: { 0: { alignment: "left" } },
    drawHorizontalLine: (index, size) => index < 2 || index === size,
  });
}

function ratio(value: number | null): string {
  return value === null ? "-" : value.toFixed(2);
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
