import { readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { makeProgram } from "../../src/cli/program";
import { DOCUMENT, upstream } from "../support/admin-fixtures";
import { startCommand } from "../support/command";
import { startExampleAdmin } from "../support/fake-admin";
import { SWITCHBOARD, switchboardEnv } from "../support/switchboard";
import { temporaryFolder } from "../support/temporary-folder";
import { waitFor } from "../support/wait-for";

const PAGE = readFileSync(path.join(PACKAGE_ROOT, "docs/cli.md"), "utf8");

/** What `docs/cli.md` shows: a command line, and everything that is printed for it. */
interface Example {
  readonly line: string;
  readonly output: string;
}

const EXAMPLES: readonly Example[] = [...PAGE.matchAll(/^```console\n([^]*?)^```$/gm)].flatMap(([, block]) =>
  block!
    .split(/^\$ /m)
    .slice(1)
    .map((text) => ({ line: text.split("\n")[0]!, output: text.slice(text.indexOf("\n") + 1) })),
);

/** The file that the examples speak of: somebody has edited it. */
const EDITED = {
  ...DOCUMENT,
  upstreams: {
    chat: {
      ...DOCUMENT.upstreams.chat,
      peers: [
        { id: "a", address: "10.0.0.1:8010", weight: 2 },
        { id: "d", address: "10.0.0.4:8010" },
      ],
    },
  },
};

/** Commands that do something themselves, by their names from the first word on. */
function leaves(command: Command, prefix = ""): string[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible
    .filter((sub) => sub.name() !== "help")
    .flatMap((sub) => {
      const name = `${prefix}${sub.name()}`;
      return sub.commands.length > 0 ? leaves(sub, `${name} `) : [name];
    });
}

/** The time of a look is that of the look. */
function withoutTime(text: string): string {
  return text.replace(/^\S+Z {2}switchboard/gm, "TIME  switchboard");
}

it("every command is on the page with an example", () => {
  const shown = [...PAGE.matchAll(/^(?:\$ )?(?:eval "\$\()?switchboard (.*)$/gm)].map(
    ([, rest]) => `${rest} `,
  );
  const missing = leaves(makeProgram()).filter((name) => !shown.some((rest) => rest.startsWith(`${name} `)));
  expect(missing).toEqual([]);
});

it("the help of every command has an example", () => {
  const program = makeProgram();
  const withoutExample = leaves(program).filter((name) => {
    const command = name
      .split(" ")
      .reduce((at, word) => at.commands.find((sub) => sub.name() === word)!, program);
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    return !help.includes(`\n  $ `) || !help.includes(`switchboard ${name}`);
  });
  expect(withoutExample).toEqual([]);
});

it.each(EXAMPLES)("prints what the page shows for $line", async ({ line, output }) => {
  const admin = await startExampleAdmin();
  // Peer a has lost its last session when it is looked at the next time.
  if (line.includes("--wait")) {
    const last = { id: "a", address: "10.0.0.1:8010", state: "drain", health: "up", weight: 1, active: 0 };
    admin.on("GET /v1/upstreams/chat", { body: upstream("chat", [last as never]) });
  }
  const cwd = temporaryFolder({ "new.json": JSON.stringify(EDITED) });
  const script = `switchboard() { "${process.execPath}" "${SWITCHBOARD}" "$@"; }; ${line}`;
  const command = startCommand("bash", ["-c", script], { cwd, env: switchboardEnv({ url: admin.url }) });
  if (line.startsWith("switchboard events")) {
    await waitFor(() => command.output() === output, { timeoutMs: 20_000, what: "the events" });
    return;
  }
  expect(await command.whenEnded()).toBe(0);
  expect(withoutTime(command.output())).toBe(withoutTime(output));
});
