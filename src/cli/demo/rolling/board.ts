import type { WriteStream } from "node:tty";
import { styleOf } from "../../output/style";
import { renderTable } from "../../output/table";
import type { Column } from "../../output/table";
import type { Crowd } from "./crowd";
import type { Step } from "./restart";
import type { RestartableBackend } from "./restartable-backend";

const REDRAW_MS = 200;
const STEP_WORDS: Readonly<Record<Step, string>> = {
  drain: "draining",
  restart: "restarting",
  ready: "ready",
};

const upLines = (lines: number): string => `\x1b[${lines}A\x1b[J`;

/** How things stand: on a terminal a table that is drawn over and over, elsewhere a line for each step and one table at the end. */
export class Board {
  private readonly steps = new Map<RestartableBackend, Step>();
  private readonly beganMs = Date.now();
  private timer: NodeJS.Timeout | undefined;
  private drawnLines = 0;
  private isOpen = false;

  constructor(
    private readonly output: WriteStream,
    private readonly backends: readonly RestartableBackend[],
    private readonly crowd: Crowd,
  ) {}

  private get isTerminal(): boolean {
    return styleOf(this.output, process.env).isTerminal;
  }

  open(): void {
    this.isOpen = true;
    if (!this.isTerminal) return;
    this.draw();
    this.timer = setInterval(() => this.draw(), REDRAW_MS);
  }

  note(backend: RestartableBackend, step: Step): void {
    this.steps.set(backend, step);
    if (this.isTerminal || !this.isOpen) return;
    const seconds = ((Date.now() - this.beganMs) / 1000).toFixed(1);
    const words = `${backend.name} ${STEP_WORDS[step]}, ${backend.openVisits.size} clients there`;
    this.output.write(`${seconds.padStart(5)} s  ${words}; ${this.totals()}\n`);
  }

  /** Once more is no harm. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    clearInterval(this.timer);
    if (!this.isTerminal) this.output.write("\n");
    this.draw();
  }

  private draw(): void {
    const columns: readonly Column<RestartableBackend>[] = [
      { title: "BACKEND", show: ({ name }) => name },
      { title: "ADDRESS", show: ({ address }) => address },
      { title: "STATE", show: (backend) => STEP_WORDS[this.steps.get(backend) ?? "ready"] },
      { title: "PID", isNumber: true, show: ({ pid }) => pid },
      { title: "CLIENTS", isNumber: true, show: ({ openVisits }) => openVisits.size },
      { title: "RESTARTS", isNumber: true, show: ({ restarts }) => restarts },
    ];
    const text = `${renderTable(columns, this.backends, styleOf(this.output, process.env))}${this.totals()}\n`;
    this.output.write((this.drawnLines > 0 ? upLines(this.drawnLines) : "") + text);
    this.drawnLines = text.split("\n").length - 1;
  }

  private totals(): string {
    const { messages, closes, lost, duplicated, reordered, altered } = this.crowd.summary();
    return `${messages} messages, ${closes.length} closes, ${lost} lost, ${duplicated + reordered + altered} otherwise wrong`;
  }
}
