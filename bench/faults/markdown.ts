import { SLOW_MS } from "./outcome";
import type { FaultReport } from "./report";

type Result = FaultReport["results"][number];

const MS_PER_S = 1000;

/** The table of docs/health.md: a row for each fault, a cell for each proxy. */
export function markdownTable({ results }: FaultReport): string {
  const proxies = [...new Set(results.map(({ proxy }) => proxy))];
  const faults = [...new Set(results.map(({ fault }) => fault))];
  const rows = faults.map((fault) => {
    const cells = proxies.map((name) =>
      cellOf(results.find((result) => result.fault === fault && result.proxy === name)!),
    );
    return [`\`${fault}\``, ...cells];
  });
  const head = ["fault", ...proxies];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Failed and slow with the slowest, noticed, back; closed sockets where there are any; `~` where it was slow before the fault already. */
function cellOf({ figures }: Result): string {
  if (figures.handshakes === undefined) return "not measured";
  const slowest = figures.slow === 0 && figures.failed === 0 ? "" : ` (${seconds(figures.slowest)})`;
  const closed = [figures["closed, well"], figures["closed, broken"]];
  return [
    `${shown(figures.failed)} + ${shown(figures.slow)}${slowest}`,
    seconds(figures.notice),
    seconds(figures.return),
    ...(closed.every((count) => count === 0) ? [] : [`closed ${closed.map(shown).join(" + ")}`]),
    ...(typeof figures.calm === "number" && figures.calm > SLOW_MS ? ["~"] : []),
  ].join("; ");
}

function shown(figure: Result["figures"]["failed"]): string {
  return figure === undefined ? "-" : String(typeof figure === "number" ? Math.round(figure) : figure);
}

function seconds(figure: Result["figures"]["failed"]): string {
  return typeof figure === "number" ? `${(figure / MS_PER_S).toFixed(1)} s` : (figure ?? "-");
}
