import type { ReadStream, WriteStream } from "node:tty";

/** The other screen, no cursor, and long lines cut off; and all of it back. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const TO_LINE_END = "\x1b[K";
const TO_SCREEN_END = "\x1b[J";

const CTRL_C = "\x03";

/** A terminal that is taken over for a while. */
export class Screen {
  private isOpen = false;
  private readonly restore = (): void => this.close();

  /** @param onEnd called for `q` and Ctrl-C, which is a key like others here */
  constructor(
    private readonly input: ReadStream,
    private readonly output: WriteStream,
    private readonly onEnd: () => void,
  ) {}

  open(): void {
    this.isOpen = true;
    // However the process ends.
    process.once("exit", this.restore);
    this.output.write(ENTER);
    if (!this.input.isTTY) return;
    this.input.setRawMode(true);
    this.input.setEncoding("utf8");
    this.input.on("data", this.read);
  }

  /** Shows as many lines as there is room for. */
  draw(text: string): void {
    const all = text.replace(/\n$/, "").split("\n");
    const room = Math.max(2, this.output.rows || 24);
    const lines =
      all.length <= room ? all : [...all.slice(0, room - 1), `and ${all.length - room + 1} more (q ends)`];
    this.output.write(HOME + lines.join(`${TO_LINE_END}\n`) + TO_LINE_END + TO_SCREEN_END);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    process.removeListener("exit", this.restore);
    if (this.input.isTTY) {
      this.input.removeListener("data", this.read);
      this.input.setRawMode(false);
      this.input.pause();
    }
    this.output.write(LEAVE);
  }

  private readonly read = (keys: string): void => {
    if (keys.includes("q") || keys.includes(CTRL_C)) this.onEnd();
  };
}
