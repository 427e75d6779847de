import { Command, InvalidArgumentError } from "commander";
import { Failure } from "../failure";

export interface DemoOptions {
  readonly port: number;
  readonly adminPort: number;
  readonly backends: readonly number[];
  /** A configuration file in place of the demo's own. */
  readonly config?: string;
  /** Hold the dialogue and end, in place of waiting for Ctrl-C. */
  readonly once?: boolean;
}

export function parseOptions(args: readonly string[]): DemoOptions {
  const command = new Command("npm start --")
    .description("Runs the gateway with two WebSocket backends until Ctrl-C.")
    .option("--once", "hold a dialogue through the gateway with several clients, and end")
    .option("--port <port>", "of the gateway", toPort, 8020)
    .option("--admin-port <port>", "of the admin API, on 127.0.0.1", toPort, 8021)
    .option("--backends <ports>", "of the backends, separated by commas", toPorts, [8010, 8011])
    .option("--config <file>", "a configuration in place of the demo's own")
    .parse(args, { from: "user" });
  const options = command.opts<DemoOptions>();
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

function requireDistinct(ports: readonly number[]): void {
  const twice = ports.find((port, index) => ports.indexOf(port) !== index);
  if (twice !== undefined) throw new Failure(`port ${twice} is given twice`);
}
