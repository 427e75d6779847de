import { execFile } from "node:child_process";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";

/** The command as it is installed. */
export const SWITCHBOARD = path.join(PACKAGE_ROOT, "dist/node/cli/main.js");

const LIMIT_MS = 25_000;

export interface RunOptions {
  /** `SWITCHBOARD_URL`; without it, one where nobody listens. */
  readonly url?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard input, which is empty without it. */
  readonly input?: string;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the command is told by its surroundings, without what this process happens to have. */
export function switchboardEnv({ url, env }: RunOptions): Record<string, string> {
  return { PATH: process.env["PATH"]!, SWITCHBOARD_URL: url ?? "http://127.0.0.1:1", ...env };
}

/** Runs `switchboard` to its end, with neither input nor output on a terminal. */
export function switchboard(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [SWITCHBOARD, ...args],
      { cwd: options.cwd, env: switchboardEnv(options), timeout: LIMIT_MS, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === "number") resolve({ code, stdout, stderr });
        else reject(new Error(`switchboard ${args.join(" ")} did not end: ${stdout}${stderr}`));
      },
    );
    child.stdin!.end(options.input ?? "");
  });
}

/** Runs several at once, two at a time, as most of what each takes is the start of a process. */
export async function switchboards(
  lines: readonly (readonly string[])[],
  options: RunOptions = {},
): Promise<Ended[]> {
  const ended: Ended[] = [];
  const waiting = [...lines.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      ended[next[0]] = await switchboard(next[1], options);
  };
  await Promise.all([work(), work()]);
  return ended;
}
