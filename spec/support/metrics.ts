import parse from "parse-prometheus-text-format";
import type { Family } from "parse-prometheus-text-format";
import type { Gateway } from "./gateway";

export type Labels = Readonly<Record<string, string>>;

interface Histogram {
  /** By the upper bound of the bucket, those below included. */
  readonly buckets: Readonly<Record<string, number>>;
  readonly sum: number;
  readonly count: number;
}

/** A page of metrics, as a parser of Prometheus' format understands it. */
export class MetricsPage {
  readonly families: readonly Family[];

  constructor(readonly text: string) {
    this.families = parse(text);
  }

  /** The value of the series that has these labels, whatever others it has; `undefined` if there is none. */
  value(name: string, labels: Labels = {}): number | undefined {
    const found = this.find(name, labels)?.value;
    return found === undefined ? undefined : Number(found);
  }

  /** The sum of the series that have these labels. */
  sum(name: string, labels: Labels = {}): number {
    return this.all(name, labels).reduce((sum, { value }) => sum + Number(value), 0);
  }

  /** The parser knows one histogram of a name, so it is given no others. */
  histogram(name: string, labels: Labels): Histogram {
    const ofLabels = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const lines = this.text
      .split("\n")
      .filter((line) => line.startsWith(`# TYPE ${name} `) || line.startsWith(`${name}_`))
      .filter((line) => line.startsWith("#") || ofLabels.every((label) => line.includes(label)));
    const found = parse(`${lines.join("\n")}\n`)[0]?.metrics[0];
    if (found?.buckets === undefined) return { buckets: {}, sum: 0, count: 0 };
    const buckets = Object.entries(found.buckets).map(([bound, count]) => [bound, Number(count)]);
    return {
      buckets: Object.fromEntries(buckets) as Record<string, number>,
      sum: valueOf(lines, `${name}_sum`),
      count: valueOf(lines, `${name}_count`),
    };
  }

  all(name: string, labels: Labels): Family["metrics"] {
    const family = this.families.find((candidate) => candidate.name === name);
    return (family?.metrics ?? []).filter((metric) =>
      Object.entries(labels).every(([label, value]) => metric.labels?.[label] === value),
    );
  }

  private find(name: string, labels: Labels): Family["metrics"][number] | undefined {
    return this.all(name, labels)[0];
  }
}

export async function readMetrics(gateway: Gateway): Promise<MetricsPage> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`, {
    headers: { connection: "close" },
  });
  if (response.status !== 200) throw new Error(`/metrics: ${response.status} ${await response.text()}`);
  return new MetricsPage(await response.text());
}

function valueOf(lines: readonly string[], name: string): number {
  return Number(
    lines
      .find((line) => line.startsWith(name))
      ?.split(" ")
      .at(-1),
  );
}
