import { setTimeout as sleep } from "node:timers/promises";
import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import type { AdminClient } from "../client/admin-client";
import { upstreamPath } from "../client/paths";
import type { RebalancePlan, UpstreamView } from "../client/shapes";
import { EXIT, Failure } from "../failure";
import { count } from "../output/amounts";
import { startProgress } from "../output/progress";
import type { Progress } from "../output/progress";
import { renderPlan } from "../output/rebalance";
import { toCount, toDuration, withExamples } from "./arguments";
import { note, withContext } from "./context";

interface RebalanceOptions {
  readonly dryRun?: boolean;
  readonly rate?: number;
  readonly target?: number;
  readonly window?: string;
  readonly wait?: boolean;
}

const POLL_MS = 500;

/** `rebalance`: moves sessions to the peers that have fewer. */
export function addRebalanceCommand(program: Command): void {
  withExamples(
    program
      .command("rebalance")
      .description("move sessions of relay mode from the peers that have too many to those that have few")
      .argument("<upstream>")
      .option("--dry-run", "only show what it would do")
      .option("--rate <n>", "so many moves in a second (default: 50); 0 ends what is under way", toCount)
      .option("--target <x>", "the most sessions of a peer, by the mean (default: 1.1)", toNumber)
      .option("--window <duration>", "what was moved since then stays (default: 10m)", toDuration)
      .option("--wait", "until it is done; Ctrl-C ends the waiting, not the moving")
      .action(
        withContext(async (context, upstream: string, options: RebalanceOptions) => {
          const { dryRun, rate, target, window, wait } = options;
          const client = context.client();
          const { document } = await client.call<RebalancePlan>(
            "POST",
            `${upstreamPath(upstream)}/rebalance`,
            {
              body: { dry_run: dryRun, rate, target, window },
            },
          );
          context.show(document, (plan) => renderPlan(upstream, plan, context.style));
          const { unanswered = 0 } = document;
          if (unanswered > 0) note(`${count(unanswered, "worker")} not heard of yet: sessions there stay`);
          if (wait === true && dryRun !== true && document.moves > 0)
            await waitUntilDone(client, upstream, document);
        }),
      ),
    "switchboard rebalance chat --dry-run",
    "switchboard rebalance chat --rate 200 --target 1.05 --wait",
  );
}

function toNumber(text: string): number {
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(text)) throw new InvalidArgumentError("It is not a number like 1.1.");
  return Number(text);
}

/** Shows how many moves are left; Ctrl-C ends the waiting alone. */
async function waitUntilDone(client: AdminClient, upstream: string, plan: RebalancePlan): Promise<void> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  const progress = startProgress(process.stderr, `${upstream}: to be moved`, plan.moves);
  try {
    await poll(client, upstream, progress, interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    progress.stop();
    throw new Failure(`${upstream}: stopped waiting; the moving goes on`, EXIT.interrupted);
  } finally {
    progress.stop();
    process.removeListener("SIGINT", interrupt);
  }
}

async function poll(
  client: AdminClient,
  upstream: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(POLL_MS, undefined, { signal });
    const { rebalance } = await client.get<UpstreamView>(upstreamPath(upstream), undefined, signal);
    progress.update(rebalance?.left ?? 0);
    if (rebalance === undefined) return;
  }
}
