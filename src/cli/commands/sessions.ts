import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import type { AdminClient } from "../client/admin-client";
import type { ListedSession, SessionPage, ShownSession } from "../client/shapes";
import { Failure } from "../failure";
import { count } from "../output/amounts";
import { renderSession, SESSION_COLUMNS } from "../output/sessions";
import { PagedTable } from "../output/table";
import { toCount, withExamples } from "./arguments";
import { note, print, withContext } from "./context";
import type { Context } from "./context";

interface Filter {
  readonly upstream?: string;
  readonly peer?: string;
  readonly route?: string;
}

/** What a client in relay mode is told. */
interface CloseWords {
  readonly code?: number;
  readonly reason?: string;
}

type KillOptions = Filter & CloseWords & { readonly rate?: number; readonly yes?: boolean };

/** The API gives no more in one answer. */
const PAGE_SIZE = 1000;

/** The commands about open sessions. */
export function addSessionCommands(program: Command): void {
  const sessions = program.command("sessions");
  withExamples(
    filters(sessions.description("list the open sessions"))
      .option("--limit <n>", "the most sessions to list (default: all)", toCount)
      .action(
        withContext((context, { limit, ...filter }: Filter & { limit?: number }) =>
          context.isJson ? showAsDocument(context, filter, limit) : showAsTable(context, filter, limit),
        ),
      ),
    "switchboard sessions --upstream chat --peer a",
    "switchboard sessions --json --limit 5000",
  );

  withExamples(
    sessions
      .command("show")
      .description("show one session; in relay mode its moves, messages and last frames too")
      .argument("<id>")
      .action(
        withContext(async (context, id: string) => {
          const session = await context.client().get<ShownSession>(sessionPath(id));
          context.show(session, () => renderSession(session, context.style));
        }),
      ),
    "switchboard sessions show 5f2a91c07be34d18",
  );

  withExamples(
    filters(program.command("kill").description("end a session, or all sessions of a filter"))
      .argument("[id]", "of one session")
      .option("--rate <n>", "so many in a second, not all at once; with a filter", toCount)
      .option("--code <code>", "of the Close to clients in relay mode (default: 1008)", toCount)
      .option("--reason <text>", "in that Close")
      .option("--yes", "do not ask")
      .action(
        withContext(async (context, id: string | undefined, options: KillOptions, command: Command) => {
          if (id !== undefined) return killOne(context, id, options, command);
          await killFiltered(context, options, command);
        }),
      ),
    "switchboard kill 5f2a91c07be34d18",
    "switchboard kill --upstream chat --peer a --rate 100 --yes",
    "switchboard kill --route rooms --code 4000 --reason 'log in again' --yes",
  );
}

function filters(command: Command): Command {
  return command
    .option("--upstream <name>", "those of this upstream")
    .option("--peer <id>", "those of the peer with this id")
    .option("--route <id>", "those of this route");
}

async function showAsTable(context: Context, filter: Filter, limit?: number): Promise<void> {
  const table = new PagedTable(SESSION_COLUMNS, context.style);
  for await (const sessions of pages(context.client(), filter, limit)) print(table.page(sessions));
}

async function showAsDocument(context: Context, filter: Filter, limit?: number): Promise<void> {
  const sessions: ListedSession[] = [];
  for await (const page of pages(context.client(), filter, limit)) sessions.push(...page);
  context.show({ sessions }, () => "");
}

/** At least one page, which may be empty. */
async function* pages(
  client: AdminClient,
  filter: Filter,
  limit = Infinity,
): AsyncGenerator<readonly ListedSession[]> {
  let left = limit;
  let after: string | undefined;
  do {
    const query = { ...filter, limit: Math.max(1, Math.min(left, PAGE_SIZE)), after };
    const { sessions, next } = await client.get<SessionPage>("/v1/sessions", query);
    yield sessions.slice(0, left);
    left -= sessions.length;
    // A cursor that stands still would lead in a circle.
    after = next === after ? undefined : next;
  } while (after !== undefined && left > 0);
}

async function killOne(context: Context, id: string, options: KillOptions, command: Command): Promise<void> {
  const { yes: _, code, reason, ...others } = options;
  if (Object.keys(others).length > 0) command.error("error: an id and a filter or rate do not go together");
  const query = { code, reason };
  showKilled(context, await context.client().call<Killed>("DELETE", sessionPath(id), { query }));
}

function sessionPath(id: string): string {
  return `/v1/sessions/${encodeURIComponent(id)}`;
}

async function killFiltered(context: Context, options: KillOptions, command: Command): Promise<void> {
  const { yes, rate, code, reason, ...filter } = options;
  const words = Object.entries(filter).map(([name, value]) => `${name} ${value}`);
  if (words.length === 0) command.error("error: which sessions? Give an id, --upstream, --peer or --route");
  const question = `End all sessions of ${words.join(", ")}?`;
  if (yes !== true) {
    if (!process.stdin.isTTY) command.error(`error: ${question} Confirm it with --yes`);
    if (!(await confirm(question))) throw new Failure("nothing was ended");
  }
  const answer = await context
    .client()
    .call<Killed>("DELETE", "/v1/sessions", { query: { ...filter, rate, code, reason } });
  showKilled(context, answer);
}

interface Killed {
  readonly closed?: number;
  readonly closing?: number;
  readonly rate?: number;
  /** Workers that have said nothing in time, as one that is stopped does. */
  readonly unanswered?: number;
}

function showKilled(context: Context, { document }: { document: Killed }): void {
  context.show(document, ({ closed = 0, closing, rate }) =>
    closing === undefined
      ? `ended ${count(closed, "session")}\n`
      : `accepted: ending ${count(closing, "session")}, ${rate} in a second\n`,
  );
  const { unanswered = 0 } = document;
  if (unanswered > 0)
    note(`${count(unanswered, "worker")} not heard of yet: what they have ends when they go on`);
}

/** Whatever is no clear yes is a no, the end of the input and a Ctrl-C too. */
async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  try {
    const reply = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
    return /^y(es)?$/i.test(reply.trim());
  } finally {
    terminal.close();
  }
}
