import { DAY_MS } from "../core/config/fields/spans";
import { printable } from "../core/config/show";
import { boolean, durationMs, integer, number, object } from "../core/config/specification";
import { secondsFor } from "../core/rebalance/order";
import { answerRefusal, answerText, type AdminAnswer } from "./answer";
import { parseBody } from "./body";
import { readBody } from "./edit-bodies";
import { refusal } from "./errors";
import { listText, withField } from "./json-text";
import { noSuchUpstream } from "./upstreams";
import type { AdminWorld, Rebalanced } from "./world";
import { invalid } from "./write-call";

interface RebalanceBody {
  readonly isDryRun: boolean;
  readonly rate: number;
  readonly target: number;
  readonly windowMs: number;
}

const MAX_RATE = 1_000_000;
const MAX_TARGET = 100;
const MS_PER_S = 1000;
const DECIMALS = 1000;
const ACCEPTED = 202;
const MAX_SHOWN = 200;

const rebalanceBody = object<RebalanceBody>([
  {
    name: "dry_run",
    into: "isDryRun",
    is: boolean(),
    default: false,
    about: "Only says what it would do.",
  },
  {
    name: "rate",
    into: "rate",
    is: integer(0, MAX_RATE),
    default: 50,
    about: "Moves a second, over all workers.",
  },
  {
    name: "target",
    into: "target",
    is: number(1, MAX_TARGET),
    default: 1.1,
    about: "The highest load of a peer, by the mean.",
  },
  {
    name: "window",
    into: "windowMs",
    is: durationMs(0, DAY_MS),
    default: "10m",
    about: "A session that was moved within it stays.",
  },
]);

/** @param text the body as it came */
export function rebalance(upstream: string, text: string, world: AdminWorld): AdminAnswer {
  const pool = world.upstream(upstream);
  if (pool === undefined) return noSuchUpstream(upstream, world);
  const [given, fault] = parseBody(text, (body) => world.decode(body));
  if (given === undefined) return answerRefusal(fault, world);
  const { body, errors } = readBody(rebalanceBody, given);
  if (body === undefined) {
    const { message, details } = invalid(errors);
    return answerRefusal({ ...refusal("invalid_config", message), details }, world);
  }
  const { isDryRun, rate, target, windowMs } = body;
  const [done, err] = world.rebalance(pool, { isDryRun, rate, target, windowS: windowMs / MS_PER_S });
  if (done === undefined) return answerRefusal(refusal("store_full", printable(err, MAX_SHOWN)), world);
  const isBegun = !isDryRun && done.plan.count > 0;
  return answerText(isBegun ? ACCEPTED : 200, show(done, body, world));
}

function show({ peers, plan, unanswered }: Rebalanced, body: RebalanceBody, world: AdminWorld): string {
  const { count, before, after, planned, reason } = plan;
  const head = world.encode({
    dry_run: body.isDryRun,
    moves: count,
    rate: body.rate,
    seconds: secondsFor(count, body.rate),
    target: body.target,
    before: { max_over_mean: rounded(before) },
    after: { max_over_mean: rounded(after) },
    reason,
    unanswered,
  });
  const items: string[] = [];
  for (const index of $range(0, peers.length - 1)) {
    const { key, weight, active, movable } = peers[index]!;
    items.push(world.encode({ id: key, weight, active, movable, planned: planned[index] }));
    world.pause();
  }
  return withField(head, "peers", listText(items));
}

function rounded(ratio: number): number {
  return Math.floor(ratio * DECIMALS + 0.5) / DECIMALS;
}
