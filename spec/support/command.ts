import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { childrenOf, isAlive, signal } from "../../src/cli/nginx/processes";
import type { ProcessInfo } from "../../src/cli/nginx/processes";
import { onCleanup } from "./cleanup";
import { waitFor } from "./wait-for";

export interface CommandOptions {
  /** On top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A program that a spec runs as a user would, from the package's folder. Whatever it started ends with the spec. */
export class Command {
  private text = "";
  private readonly ended: Promise<number | undefined>;
  private readonly known = new Set<number>();

  constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => (this.text += chunk));
    }
    this.ended = new Promise((resolve) => child.once("close", (code) => resolve(code ?? undefined)));
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Both outputs, in the order in which they came. */
  output(): string {
    return this.text;
  }

  type(text: string): void {
    this.child.stdin!.write(text);
  }

  signal(name: NodeJS.Signals): void {
    signal(this.pid, name);
  }

  /** Waits until the output matches. */
  async whenPrinted(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
    await waitFor(() => pattern.test(this.text) || !isAlive(this.pid), {
      timeoutMs,
      what: `${pattern} in:\n${this.text}`,
    });
    const found = pattern.exec(this.text);
    if (found === null) throw new Error(`it ended without printing ${pattern}:\n${this.text}`);
    return found;
  }

  /** The exit code; `undefined` after a signal. */
  whenEnded(): Promise<number | undefined> {
    return this.ended;
  }

  /** Everything it started that is alive, and what that started; remembered for `leftovers`. */
  descendants(): ProcessInfo[] {
    const found = descendantsOf(this.pid);
    for (const { pid } of found) this.known.add(pid);
    return found;
  }

  /** Those of the processes seen by `descendants` that are still alive. */
  leftovers(): number[] {
    return [...this.known].filter(isAlive);
  }
}

function descendantsOf(pid: number): ProcessInfo[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child.pid)]);
}

export function startCommand(file: string, args: readonly string[], options: CommandOptions = {}): Command {
  const command = new Command(
    spawn(file, args, {
      cwd: options.cwd ?? PACKAGE_ROOT,
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
    }),
  );
  onCleanup(async () => {
    const pids = [command.pid, ...command.descendants().map(({ pid }) => pid), ...command.leftovers()];
    for (const pid of pids) if (isAlive(pid)) signal(pid, "SIGKILL");
    await command.whenEnded();
  });
  return command;
}

/** Runs a program to its end. */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<{ code: number | undefined; output: string }> {
  const command = startCommand(file, args, options);
  return { code: await command.whenEnded(), output: command.output() };
}
