import type { Command } from "commander";
import { eventFeed } from "../client/event-feed";
import { describeEvent } from "../output/event";
import { withExamples } from "./arguments";
import { note, print, withContext } from "./context";

/** `events`: what happens, as it happens. */
export function addEventsCommand(program: Command): void {
  withExamples(
    program
      .command("events")
      .description("print what happens, as it happens, until Ctrl-C; with --json, an object in each line")
      .option("--type <types>", "only these, with commas between, for instance config,peer")
      .option("--after <id>", "begin behind the event with this id; 0 begins with the oldest that is kept")
      .action(
        withContext(async (context, { type, after }: { type?: string; after?: string }) => {
          const interruption = new AbortController();
          process.once("SIGINT", () => interruption.abort());
          const onLost = (reason: string): void => note(`${reason}; trying again`);
          const options = { type, after, signal: interruption.signal, onLost };
          for await (const { event = "message", data } of eventFeed(context.client(), options)) {
            const fields = toFields(data);
            print(
              context.isJson
                ? `${JSON.stringify(fields)}\n`
                : `${describeEvent(event, fields, context.style)}\n`,
            );
          }
        }),
      ),
    "switchboard events",
    "switchboard events --type drain --json",
  );
}

function toFields(data: string): Record<string, unknown> {
  try {
    const fields: unknown = JSON.parse(data);
    return typeof fields === "object" && fields !== null ? (fields as Record<string, unknown>) : { data };
  } catch {
    return { data };
  }
}
