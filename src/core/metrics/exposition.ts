/** Lines that leave together. */
const LINES_PER_CHUNK = 128;

export type MetricType = "counter" | "gauge" | "histogram";

/** A piece of the text. Pieces are only joined at the end: a string for each line would cost more than all the rest. */
export type Piece = string | number;

/** Where the text goes. */
export interface Sink {
  write(pieces: readonly Piece[]): void;
  /** Called between small pieces of work; it may let other work go first. */
  pause(): void;
}

/** Writes Prometheus' text format, version 0.0.4. Series of one name belong together, after its `begin`. */
export class Exposition {
  private pieces: Piece[] = [];
  private count = 0;
  private lines = 0;
  private name = "";
  private looked = 0;

  constructor(private readonly sink: Sink) {}

  begin(name: string, type: MetricType, help: string): void {
    this.name = name;
    this.put(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
  }

  /** @param labels as `label` and `joined` make them; `""` for none */
  sample(labels: string, value: number): void {
    this.put(this.name);
    if (labels !== "") {
      this.put("{");
      this.put(labels);
      this.put("}");
    }
    this.endLine(value);
  }

  /** The same with labels in two parts, each of which may serve many series. */
  sampleOf(labels: string, further: string, value: number): void {
    this.put(this.name);
    this.put("{");
    this.put(labels);
    this.put(",");
    this.put(further);
    this.put("}");
    this.endLine(value);
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
      this.put(`${this.name}_bucket{${comma}le="${bound ?? "+Inf"}"}`);
      this.endLine(count);
    }
    const braces = labels === "" ? "" : `{${labels}}`;
    this.put(`${this.name}_sum${braces} ${read(first)}\n${this.name}_count${braces}`);
    this.endLine(count);
  }

  /** Makes way now and then, where much is looked at and little written. */
  lookOn(): void {
    this.looked += 1;
    if (this.looked < LINES_PER_CHUNK) return;
    this.looked = 0;
    this.sink.pause();
  }

  end(): void {
    if (this.count > 0) this.sink.write(this.pieces);
    this.pieces = [];
    this.count = 0;
    this.lines = 0;
  }

  private endLine(value: number): void {
    this.put(" ");
    this.put(value);
    this.put("\n");
    this.lines += 1;
    if (this.lines < LINES_PER_CHUNK) return;
    this.end();
    this.sink.pause();
  }

  private put(piece: Piece): void {
    this.pieces[this.count] = piece;
    this.count += 1;
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
