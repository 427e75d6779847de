import { candidates } from "../../src/cli/commands/candidates";
import { makeProgram } from "../../src/cli/program";
import { runCommand } from "../support/command";
import { startExampleAdmin } from "../support/fake-admin";
import { SWITCHBOARD, switchboard, switchboardEnv } from "../support/switchboard";

const NAMES = { upstream: ["chat", "next"], "upstream/peer": ["chat/a", "chat/b", "next/c"] };

function complete(line: string): string[] {
  return candidates(makeProgram(), line.split(" "), NAMES);
}

describe("what may stand at the cursor", () => {
  it.each([
    ["dr", ["drain"]],
    ["config ", ["get", "put", "diff", "help"]],
    ["--json con", ["config"]],
    ["drain ", ["chat/a", "chat/b", "next/c"]],
    ["drain chat", ["chat/a", "chat/b"]],
    ["drain --deadline 5m n", ["next/c"]],
    ["drain --deadline ", []],
    ["drain --close ", ["keep", "paced"]],
    ["drain --cl", ["--close"]],
    ["drain chat/a --wait --js", ["--json"]],
    ["drain chat/a ", []],
    ["add n", ["next"]],
    ["add next ", []],
    ["completion ", ["bash", "zsh", "fish"]],
    ["config put ", []],
    ["nonsense ", []],
    ["sessions s", ["show"]],
    ["sessions show ", []],
    ["sessions --l", ["--limit"]],
    ["kill --re", ["--reason"]],
    ["kill --code ", []],
  ])("%j: %j", (line, expected) => {
    expect(complete(line)).toEqual(expected);
  });

  it("hides what is not for people", () => {
    expect(complete("comp")).toEqual(["completion"]);
  });
});

describe("in bash", () => {
  /** What bash puts in for a line, with `switchboard` on its path. */
  async function reply(line: string, url: string): Promise<string[]> {
    const script = `
      switchboard() { "${process.execPath}" "${SWITCHBOARD}" "$@"; }
      source <(switchboard completion bash)
      COMP_LINE='${line}' COMP_POINT=\${#COMP_LINE} COMP_WORDBREAKS=$' \\t\\n:='
      _switchboard
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { code, output } = await runCommand("bash", ["-c", script], { env: switchboardEnv({ url }) });
    expect(code).toBe(0);
    return output.split("\n").filter(Boolean);
  }

  it("peers are those of the gateway, and behind a colon only the rest goes in", async () => {
    const { url } = await startExampleAdmin();
    expect(await reply("switchboard drain chat/", url)).toEqual([
      "chat/a",
      "chat/b",
      "chat/c",
      "chat/unix:/run/chat.sock",
    ]);
    expect(await reply("switchboard drain chat/unix:/r", url)).toEqual(["/run/chat.sock"]);
  });

  it("nothing is said where no gateway answers", async () => {
    expect(await switchboard(["complete", "--", "drain", "c"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});
