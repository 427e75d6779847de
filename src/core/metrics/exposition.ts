/** Lines that leave together. */
const LINES_PER_CHUNK = 256;

export type MetricType = "counter" | "gauge" | "histogram";

/** Where the text goes, in pieces. */
export interface Sink {
  write(lines: readonly string[]): void;
  /** Called between small pieces of work; it may let other work go first. */
  pause(): void;
}

/** Writes Prometheus' text format, version 0.0.4. Series of one name belong together, after its `begin`. */
export class Exposition {
  private lines: string[] = [];
  private name = "";
  private looked = 0;

  constructor(private readonly sink: Sink) {}

  begin(name: string, type: MetricType, help: string): void {
    this.name = name;
    this.put(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
  }

  /** @param labels as `label` and `joined` make them; `""` for none */
  sample(labels: string, value: number): void {
    this.put(labels === "" ? `${this.name} ${value}\n` : `${this.name}{${labels}} ${value}\n`);
  }

  /**
   * @param read the sum is at `first`, and then come the buckets, each without those below it
   */
  histogram(labels: string, bounds: readonly number[], first: number, read: (place: number) => number): void {
    let count = 0;
    const comma = labels === "" ? "" : `${labels},`;
    for (const index of $range(0, bounds.length)) {
      count += read(first + 1 + index);
      const bound = bounds[index];
      this.put(`${this.name}_bucket{${comma}le="${bound ?? "+Inf"}"} ${count}\n`);
    }
    const braces = labels === "" ? "" : `{${labels}}`;
    this.put(`${this.name}_sum${braces} ${read(first)}\n${this.name}_count${braces} ${count}\n`);
  }

  /** Makes way now and then, where much is looked at and little written. */
  lookOn(): void {
    this.looked += 1;
    if (this.looked < LINES_PER_CHUNK) return;
    this.looked = 0;
    this.sink.pause();
  }

  end(): void {
    if (this.lines.length > 0) this.sink.write(this.lines);
    this.lines = [];
  }

  private put(line: string): void {
    this.lines.push(line);
    if (this.lines.length < LINES_PER_CHUNK) return;
    this.end();
    this.sink.pause();
  }
}

export function label(name: string, value: string): string {
  return `${name}="${escape(value)}"`;
}

export function joined(...labels: string[]): string {
  return labels.join(",");
}

/** Nearly no value has anything to escape. */
function escape(value: string): string {
  let escaped = value;
  if (escaped.includes("\\")) escaped = escaped.split("\\").join("\\\\");
  if (escaped.includes('"')) escaped = escaped.split('"').join('\\"');
  if (escaped.includes("\n")) escaped = escaped.split("\n").join("\\n");
  return escaped;
}
