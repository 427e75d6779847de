import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { AdminClient, Answer } from "../client/admin-client";
import type { Finding } from "../client/shapes";
import { Option } from "commander";
import { EXIT, Failure } from "../failure";
import { count } from "../output/amounts";
import { differences, renderDifferences } from "../output/differences";
import { describeFinding } from "../output/error";
import { styleOf } from "../output/style";
import { withExamples } from "./arguments";
import { note, print, toJson, withContext } from "./context";
import type { Context } from "./context";

const CONFIG = "/v1/config";

/** Written out before a put; the rest is counted. */
const DIFFERENCES_SHOWN = 20;

interface PutOptions {
  readonly ifMatch?: string;
  readonly dryRun?: boolean;
}

interface PutAnswer {
  readonly generation: number;
  readonly dry_run?: boolean;
  readonly warnings?: readonly Finding[];
}

/** The commands about the whole document. */
export function addConfigCommands(program: Command): void {
  const config = program.command("config").description("read, replace or compare the configuration");
  addGet(config);
  addPut(config);
  addDiff(config);

  const overrides = program.command("overrides").description("what was changed at run time");
  withExamples(
    overrides
      .command("clear")
      .description("drop everything that was changed at run time: the file is in force again")
      .action(
        withContext(async (context) => {
          const answer = await context.client().call<{ generation: number }>("DELETE", "/v1/overrides");
          context.showChange(answer, ({ generation }) => `overrides dropped, generation ${generation}\n`);
        }),
      ),
    "switchboard overrides clear",
  );
}

function addGet(config: Command): void {
  withExamples(
    config
      .command("get")
      .description("print the document in force; its ETag goes to the standard error output")
      .addOption(new Option("--layer <layer>", "one layer of it alone").choices(["file", "runtime"]))
      .action(
        withContext(async (context, { layer }: { layer?: string }) => {
          const answer = await context.client().call<unknown>("GET", CONFIG, { query: { layer } });
          print(toJson(answer.document));
          if (answer.etag !== undefined) note(`ETag: ${answer.etag}`);
        }),
      ),
    "switchboard config get > new.json",
  );
}

function addPut(config: Command): void {
  withExamples(
    config
      .command("put")
      .description("replace the document in force; - reads it from the standard input")
      .argument("<file>")
      .option("--if-match <etag>", "only if the document still has this ETag, which config get told")
      .option("--dry-run", "check it and change nothing")
      .action(
        withContext(async (context, file: string, options: PutOptions) => {
          const body = readDocument(file);
          const client = context.client();
          if (options.dryRun === true) return dryRun(context, client, body);
          // Whoever names no ETag has seen what is in force now: it is compared here.
          const ifMatch = options.ifMatch ?? (await compare(context, client, body));
          const answer = await client.call<PutAnswer>("PUT", CONFIG, { body, ifMatch: quoted(ifMatch) });
          showPut(context, answer);
        }),
      ),
    "switchboard config put new.json",
    "switchboard config put new.json --if-match '\"41\"'",
  );
}

function addDiff(config: Command): void {
  withExamples(
    config
      .command("diff")
      .description("tell where a file differs from the document in force")
      .argument("<file>")
      .option("--exit-code", "end with 1 if it differs")
      .action(
        withContext(async (context, file: string, { exitCode }: { exitCode?: boolean }) => {
          const document = readDocument(file);
          const found = differences(await context.client().get(CONFIG), document);
          context.show({ differences: found }, () =>
            found.length === 0 ? "no difference\n" : renderDifferences(found, context.style),
          );
          if (exitCode === true && found.length > 0) process.exitCode = EXIT.refused;
        }),
      ),
    "switchboard config diff new.json",
  );
}

/** Tells what a put will change, and returns the ETag of what it was compared with. */
async function compare(context: Context, client: AdminClient, document: unknown): Promise<string> {
  const { document: current, etag } = await client.call<unknown>("GET", CONFIG);
  if (etag === undefined) throw new Failure("error: the gateway told no ETag of its configuration");
  if (context.isJson) return etag;
  const found = differences(current, document);
  const style = styleOf(process.stderr, process.env);
  note(`${found.length === 0 ? "no difference" : count(found.length, "difference")} to what is in force`);
  process.stderr.write(renderDifferences(found.slice(0, DIFFERENCES_SHOWN), style));
  if (found.length > DIFFERENCES_SHOWN) note(`and ${found.length - DIFFERENCES_SHOWN} more`);
  return etag;
}

async function dryRun(context: Context, client: AdminClient, body: unknown): Promise<void> {
  await (context.isJson ? undefined : compare(context, client, body));
  showPut(context, await client.call<PutAnswer>("PUT", CONFIG, { body, query: { dry_run: 1 } }));
}

function showPut(context: Context, answer: Answer<PutAnswer>): void {
  if (!context.isJson) {
    for (const warning of answer.document.warnings ?? []) note(`warning: ${describeFinding(warning)}`);
  }
  context.showChange(answer, ({ generation, dry_run }) =>
    dry_run === true ? "valid; nothing was changed\n" : `in force, generation ${generation}\n`,
  );
}

/** Shells take the quotes away that belong to an ETag. */
function quoted(etag: string): string {
  return /^(W\/)?".*"$|^\*$/.test(etag) ? etag : `"${etag}"`;
}

function readDocument(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8"));
  } catch (error) {
    const what = error instanceof SyntaxError ? "not JSON: " : "";
    throw new Failure(`${file}: ${what}${(error as Error).message}`);
  }
}
