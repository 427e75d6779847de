import { Command, Option } from "commander";
import { VERSION } from "../core/version";
import { DEFAULT_URL } from "./client/endpoint";
import { toWaitMs } from "./commands/arguments";
import { addCheckCommand } from "./commands/check";
import { addCompletionCommands } from "./commands/completion";
import { addConfigCommands } from "./commands/config";
import { addEventsCommand } from "./commands/events";
import { addLookCommands } from "./commands/look";
import { addPeerCommands } from "./commands/peers";
import { addRebalanceCommand } from "./commands/rebalance";
import { addSessionCommands } from "./commands/sessions";
import { addWatchCommand } from "./commands/watch";

const EXIT_CODES = `
Exit codes: 0 done; 1 refused by the gateway, or not valid; 2 no gateway reachable;
3 wrong use of the command; 130 waiting was ended by Ctrl-C.
NO_COLOR=1 turns colours off; what is not a terminal gets plain lines.`;

/** The `switchboard` command with everything it can do. */
export function makeProgram(): Command {
  const program = new Command("switchboard")
    .description(
      "A WebSocket load balancer in nginx: checks its configuration, and changes it while it runs.",
    )
    .version(VERSION)
    .option("--url <url>", "of the admin server, or unix:/path; or SWITCHBOARD_URL", urlOfEnvironment())
    .option("--token-file <file>", "holds the admin server's token; or SWITCHBOARD_ADMIN_TOKEN")
    .addOption(
      new Option("--timeout <duration>", "for an answer of the gateway")
        .argParser(toWaitMs)
        .default(10_000, "10s"),
    )
    .option("--json", "print the gateway's answer as JSON")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", EXIT_CODES)
    .exitOverride();
  addCheckCommand(program);
  addLookCommands(program);
  addPeerCommands(program);
  addRebalanceCommand(program);
  addSessionCommands(program);
  addConfigCommands(program);
  addEventsCommand(program);
  addWatchCommand(program);
  addCompletionCommands(program);
  return program;
}

function urlOfEnvironment(): string {
  const url = process.env["SWITCHBOARD_URL"] ?? "";
  return url === "" ? DEFAULT_URL : url;
}
