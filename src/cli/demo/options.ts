import { Command, InvalidArgumentError, Option } from "commander";
import { Failure } from "../failure";

const PLAIN_BACKENDS = [8010, 8011];
const ROLLING_BACKENDS = [8010, 8011, 8012, 8013];
const MAX_COUNT = 1_000;

export interface DemoOptions {
  readonly port: number;
  readonly adminPort: number;
  readonly backends: readonly number[];
  /** A configuration file in place of the demo's own. */
  readonly config?: string;
  /** Hold the dialogue and end, in place of waiting for Ctrl-C. */
  readonly once?: boolean;
  /** Show something in place of waiting for Ctrl-C. */
  readonly demo?: "rolling";
  /** Of the rolling restart. */
  readonly rounds: number;
  readonly clients: number;
}

export function parseOptions(args: readonly string[]): DemoOptions {
  const command = new Command("npm start --")
    .description("Runs the gateway with WebSocket backends until Ctrl-C.")
    .option("--once", "hold a dialogue through the gateway with several clients, and end")
    .addOption(
      new Option("--demo <name>", "restart every backend under clients that talk, and end")
        .choices(["rolling"])
        .conflicts(["once", "config"]),
    )
    .option("--rounds <n>", "of the demo: how often each backend is restarted", toCount, 1)
    .option("--clients <n>", "of the demo", toCount, 40)
    .option("--port <port>", "of the gateway", toPort, 8020)
    .option("--admin-port <port>", "of the admin API, on 127.0.0.1", toPort, 8021)
    .option("--backends <ports>", "of the backends, separated by commas: two, or four of the demo", toPorts)
    .option("--config <file>", "a configuration in place of the demo's own")
    .parse(args, { from: "user" });
  const given = command.opts<Partial<DemoOptions> & Omit<DemoOptions, "backends">>();
  const backends = given.backends ?? (given.demo === "rolling" ? ROLLING_BACKENDS : PLAIN_BACKENDS);
  const options = { ...given, backends };
  if (options.demo === "rolling" && backends.length < 2)
    throw new Failure("--demo rolling needs two backends: while one restarts, the clients are at another");
  requireDistinct([options.port, options.adminPort, ...options.backends]);
  return options;
}

function toPorts(text: string): number[] {
  return text.split(",").map(toPort);
}

function toPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError(`${text} is not a port.`);
  return port;
}

function toCount(text: string): number {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > MAX_COUNT)
    throw new InvalidArgumentError(`${text} is not a number from 1 to ${MAX_COUNT}.`);
  return value;
}

function requireDistinct(ports: readonly number[]): void {
  const twice = ports.find((port, index) => ports.indexOf(port) !== index);
  if (twice !== undefined) throw new Failure(`port ${twice} is given twice`);
}
