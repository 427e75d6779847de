import * as echarts from "echarts";
import type { Outcome } from "../run/outcome";
import type { Scenario } from "../scenario/scenario";

const WIDTH = 1000;
const COLUMNS = 2;
const PANEL_HEIGHT = 230;
const HEAD_HEIGHT = 50;
/** What a picture may hold, so that it stays small enough for a page. */
const MOST_POINTS = 4500;
const MOST_POINTS_PER_LINE = 120;

/** Peers that were there from the start, and those that came later. */
const FIRST_TONES = ["#4e79a7", "#6b93c0", "#2f5d8a", "#86a9cf"];
const LATER_TONES = ["#f28e2b", "#e15759", "#d4a017", "#b6602a"];

/** Open sessions of each peer over time: a panel for each variant, all with the same scale. As SVG. */
export function drawChart(scenario: Scenario, outcomes: readonly Outcome[]): string {
  const columns = Math.min(COLUMNS, outcomes.length);
  const height = HEAD_HEIGHT + Math.ceil(outcomes.length / columns) * PANEL_HEIGHT;
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  const panelWidth = WIDTH / columns;
  const most = Math.max(...outcomes.map(({ series }) => series.active.reduce((a, b) => Math.max(a, b), 0)));
  const lines = outcomes.reduce((sum, { peerIds }) => sum + peerIds.length, 0);
  const points = Math.max(2, Math.min(MOST_POINTS_PER_LINE, Math.floor(MOST_POINTS / lines)));
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    title: [
      { text: scenario.title, left: "center", top: 8, textStyle: { fontSize: 15 } },
      ...outcomes.map(({ label }, panel) => ({
        text: label,
        left: (panel % columns) * panelWidth + 62,
        top: topOf(panel, columns),
        textStyle: { fontSize: 12, fontWeight: "normal" as const },
      })),
    ],
    grid: outcomes.map((_, panel) => ({
      left: (panel % columns) * panelWidth + 62,
      width: panelWidth - 92,
      top: topOf(panel, columns) + 24,
      height: PANEL_HEIGHT - 64,
    })),
    xAxis: outcomes.map((_, panel) => ({
      type: "value" as const,
      gridIndex: panel,
      min: 0,
      max: scenario.duration_s,
      axisLabel: { formatter: "{value} s", hideOverlap: true },
      splitLine: { show: false },
    })),
    yAxis: outcomes.map((_, panel) => ({
      type: "value" as const,
      gridIndex: panel,
      max: niceCeiling(most),
      splitNumber: 4,
    })),
    series: outcomes.flatMap((outcome, panel) => linesOf(outcome, panel, points)),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function topOf(panel: number, columns: number): number {
  return HEAD_HEIGHT + Math.floor(panel / columns) * PANEL_HEIGHT;
}

function linesOf({ peerIds, initialPeers, series }: Outcome, panel: number, points: number): object[] {
  const step = Math.max(1, Math.ceil(series.count / points));
  return peerIds.map((name, peer) => {
    const tones = peer < initialPeers ? FIRST_TONES : LATER_TONES;
    const data: number[][] = [];
    let isThere = peer < initialPeers;
    for (let index = 0; index < series.count; index += step) {
      isThere ||= series.active[Math.min(index + step, series.count - 1) * peerIds.length + peer]! > 0;
      if (isThere)
        data.push([
          Math.round(series.timesS[index]! * 10) / 10,
          series.active[index * peerIds.length + peer]!,
        ]);
    }
    return {
      type: "line",
      name,
      xAxisIndex: panel,
      yAxisIndex: panel,
      data,
      symbol: "none",
      lineStyle: { width: 1 },
      color: tones[peer % tones.length],
      silent: true,
    };
  });
}

/** One of 1, 1.5, 2, 3, 5 and their tens that is no less. */
function niceCeiling(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return (([1, 1.5, 2, 3, 5, 7.5].find((step) => step * unit >= value) ?? 10) as number) * unit;
}
