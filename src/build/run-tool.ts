import { spawn, spawnSync } from "node:child_process";

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

export interface ToolEnd {
  readonly isOk: boolean;
  /** Both outputs, in the order in which they came. */
  readonly output: string;
}

/** The same beside others: what it says is not shown, but kept. */
export function runToolAside(command: string, args: readonly string[]): Promise<ToolEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", reject);
    child.once("close", (status) => resolve({ isOk: status === 0, output }));
  });
}
