import { Argument } from "commander";
import type { Command } from "commander";
import type { UpstreamView } from "../client/shapes";
import { withExamples } from "./arguments";
import { candidates, wantsNames } from "./candidates";
import type { KnownNames } from "./candidates";
import { print, withContext } from "./context";
import type { Context } from "./context";
import { SHELL_SCRIPTS } from "./shell-scripts";

const UPSTREAM = "upstream";
const PEER = "upstream/peer";

/** `completion`, which prints a shell's script, and `complete`, which that script asks what may stand at the cursor. */
export function addCompletionCommands(program: Command): void {
  withExamples(
    program
      .command("completion")
      .description("print a script that completes this command's words in a shell")
      .addArgument(new Argument("<shell>").choices(Object.keys(SHELL_SCRIPTS)))
      .action((shell: string) => print(SHELL_SCRIPTS[shell]!)),
    'eval "$(switchboard completion bash)"',
    'switchboard completion zsh > "${fpath[1]}/_switchboard"',
    "switchboard completion fish > ~/.config/fish/completions/switchboard.fish",
  );

  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .action(
      withContext(async (context, words: string[]) => {
        const names = wantsNames(program, words, [UPSTREAM, PEER]) ? await knownNames(context) : {};
        print(
          candidates(program, words, names)
            .map((word) => `${word}\n`)
            .join(""),
        );
      }),
    );
}

/** Nothing if the gateway cannot be asked: a shell has no use for the reason. */
async function knownNames(context: Context): Promise<KnownNames> {
  try {
    const { upstreams } = await context.client().get<{ upstreams: UpstreamView[] }>("/v1/upstreams");
    return {
      [UPSTREAM]: upstreams.map(({ name }) => name),
      [PEER]: upstreams.flatMap(({ name, peers }) => peers.map(({ id }) => `${name}/${id}`)),
    };
  } catch {
    return {};
  }
}
