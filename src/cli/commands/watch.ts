import { setTimeout as sleep } from "node:timers/promises";
import { Option } from "commander";
import type { Command } from "commander";
import type { AdminClient } from "../client/admin-client";
import type { Status, UpstreamView } from "../client/shapes";
import { EXIT, Failure } from "../failure";
import { Screen } from "../output/screen";
import { renderFrame } from "../output/watch";
import type { Frame } from "../output/watch";
import { toCount, toWaitMs, withExamples } from "./arguments";
import { note, print, withContext } from "./context";
import type { Context } from "./context";

interface WatchOptions {
  readonly interval: number;
  readonly count?: number;
}

/** `watch`: the peers as they are, again and again. */
export function addWatchCommand(program: Command): void {
  withExamples(
    program
      .command("watch")
      .description("show the peers, their sessions and rates, again and again; q or Ctrl-C ends it")
      .addOption(
        new Option("--interval <duration>", "from one look to the next")
          .argParser(toWaitMs)
          .default(2_000, "2s"),
      )
      .option("--count <n>", "end after so many looks", toCount)
      .action(withContext((context, options: WatchOptions) => watch(context, options))),
    "switchboard watch --interval 1s",
    "switchboard watch --count 1 --json",
  );
}

async function watch(context: Context, options: WatchOptions): Promise<void> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, end);
  const isScreen = context.style.isTerminal && !context.isJson;
  const screen = isScreen ? new Screen(process.stdin, process.stdout, end) : undefined;
  const show = (text: string): void => (screen === undefined ? print(text) : screen.draw(text));
  try {
    await showFrames(context, options, ending.signal, show, () => screen?.open());
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  } finally {
    screen?.close();
  }
}

/** @param onFirst called when there is something to show: what fails before that is told where it can be read */
async function showFrames(
  context: Context,
  { interval, count = Infinity }: WatchOptions,
  signal: AbortSignal,
  show: (text: string) => void,
  onFirst: () => void,
): Promise<void> {
  const client = context.client();
  let before: Frame | undefined;
  for (let shown = 0; shown < count; shown += 1) {
    if (shown > 0) await sleep(interval, undefined, { signal });
    try {
      const now = await look(client, signal);
      if (before === undefined) onFirst();
      show(render(context, now, before));
      before = now;
    } catch (error) {
      // An outage is no reason to end what looks on; a refusal is.
      const isOutage = error instanceof Failure && error.exitCode === EXIT.unreachable;
      if (before === undefined || !isOutage || signal.aborted) throw error;
      if (context.style.isTerminal && !context.isJson) show(error.message);
      else note(error.message);
    }
  }
}

async function look(client: AdminClient, signal: AbortSignal): Promise<Frame> {
  const [status, { upstreams }] = await Promise.all([
    client.get<Status>("/v1/status", undefined, signal),
    client.get<{ upstreams: readonly UpstreamView[] }>("/v1/upstreams", undefined, signal),
  ]);
  return { atMs: performance.now(), status, upstreams };
}

function render(context: Context, now: Frame, before: Frame | undefined): string {
  if (context.isJson) return `${JSON.stringify({ status: now.status, upstreams: now.upstreams })}\n`;
  const time = new Date().toISOString();
  return renderFrame(now, before, time, context.style);
}
