import { getBorderCharacters, table } from "table";
import { paint, printable } from "./style";
import type { Style, Tone } from "./style";

export interface Column<Row> {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Nothing to show is shown as "-", so that a line has the same number of words as the others. */
  show(row: Row): string | number | undefined;
  tone?(row: Row): Tone | undefined;
}

export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: Style,
): string {
  return new PagedTable(columns, style).page(rows);
}

/** A table that is printed while its rows still come. As plain lines the pages are one table, as boxes one each. */
export class PagedTable<Row> {
  private widths: number[] = [];
  private pages = 0;

  constructor(
    private readonly columns: readonly Column<Row>[],
    private readonly style: Style,
  ) {}

  page(rows: readonly Row[]): string {
    const cells = rows.map((row) => this.columns.map((column) => textOf(column.show(row))));
    const titles = this.columns.map(({ title }) => title);
    const isHeaded = this.style.isTerminal || this.pages === 0;
    this.pages += 1;
    // Not narrower than the pages before.
    this.widths = titles.map((title, at) =>
      cells.reduce(
        (width, line) => Math.max(width, line[at]!.length),
        Math.max(title.length, this.widths[at] ?? 0),
      ),
    );
    const head = titles.map((title, at) => paint(this.style, "bold", this.pad(title, at)));
    const body = cells.map((line, row) =>
      line.map((text, at) => paint(this.style, this.columns[at]!.tone?.(rows[row]!), this.pad(text, at))),
    );
    const all = isHeaded ? [head, ...body] : body;
    if (all.length === 0) return "";
    return this.style.isTerminal ? box(all) : lines(all);
  }

  private pad(text: string, at: number): string {
    const width = this.widths[at]!;
    return this.columns[at]!.isNumber === true ? text.padStart(width) : text.padEnd(width);
  }
}

function textOf(value: string | number | undefined): string {
  return value === undefined || value === "" ? "-" : printable(`${value}`);
}

function box(cells: string[][]): string {
  return table(cells, {
    border: getBorderCharacters("norc"),
    drawHorizontalLine: (index, count) => index < 2 || index === count,
  });
}

function lines(cells: string[][]): string {
  const text = table(cells, {
    border: getBorderCharacters("void"),
    columnDefault: { paddingLeft: 0, paddingRight: 2 },
    drawHorizontalLine: () => false,
  });
  return text.replace(/ +$/gm, "");
}
