import type { WriteStream } from "node:tty";
import { SingleBar } from "cli-progress";
import { count } from "./amounts";
import { printable, styleOf } from "./style";

/** How many sessions are left of those that were there. */
export interface Progress {
  update(left: number): void;
  /** Once more is no harm. */
  stop(): void;
}

const LINE_INTERVAL_MS = 5_000;

/** A bar on a terminal; elsewhere a line at the start, and where the number changes, at most one in five seconds. */
export function startProgress(output: WriteStream, title: string, left: number): Progress {
  if (left === 0) return { update: () => {}, stop: () => {} };
  return styleOf(output, process.env).isTerminal
    ? startBar(output, printable(title), left)
    : startLines(output, printable(title), left);
}

function startBar(output: WriteStream, title: string, left: number): Progress {
  const bar = new SingleBar({
    stream: output,
    format: `${title} [{bar}] {left} of {total} sessions left, {duration_formatted}`,
    barCompleteChar: "=",
    barIncompleteChar: " ",
    barsize: 30,
    hideCursor: true,
    // The waiting itself ends at a Ctrl-C.
    gracefulExit: false,
  });
  let total = left;
  bar.start(total, 0, { left });
  return {
    update(now) {
      // Sessions that are bound to the peer may still arrive.
      total = Math.max(total, now);
      bar.setTotal(total);
      bar.update(total - now, { left: now });
    },
    stop: () => bar.stop(),
  };
}

function startLines(output: WriteStream, title: string, first: number): Progress {
  let told = first;
  let toldMs = Date.now();
  const tell = (left: number): void => void output.write(`${title}: ${count(left, "session")} left\n`);
  tell(first);
  return {
    update(left) {
      if (left === told || (left > 0 && Date.now() - toldMs < LINE_INTERVAL_MS)) return;
      told = left;
      toldMs = Date.now();
      tell(left);
    },
    stop: () => {},
  };
}
