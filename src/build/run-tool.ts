import { spawnSync } from "node:child_process";

export interface ToolOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Given its standard output, which is shown as well. */
  readonly onOutput?: (text: string) => void;
}

/** Runs a program to its end in the package's folder, without input; returns whether it succeeded. */
export function runTool(command: string, args: readonly string[], options: ToolOptions = {}): boolean {
  const { status, stdout, error } = spawnSync(command, args, {
    stdio: ["ignore", options.onOutput === undefined ? "inherit" : "pipe", "inherit"],
    env: { ...process.env, ...options.env },
    encoding: "utf8",
    maxBuffer: Infinity,
  });
  if (error !== undefined) throw error;
  if (options.onOutput !== undefined) {
    process.stdout.write(stdout);
    options.onOutput(stdout);
  }
  return status === 0;
}
