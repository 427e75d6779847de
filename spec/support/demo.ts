import { existsSync, rmSync } from "node:fs";
import { requireFreePort } from "../../src/cli/nginx/ports";
import { onCleanup } from "./cleanup";
import { startCommand } from "./command";
import type { Command } from "./command";
import { freePort } from "./free-port";
import { waitFor } from "./wait-for";

const RUN_DIRECTORY = /files in (\S+)\)/;

export interface DemoPorts {
  readonly port: number;
  readonly adminPort: number;
  readonly backends: readonly [number, number];
}

export async function demoPorts(): Promise<DemoPorts> {
  return {
    port: await freePort(),
    adminPort: await freePort(),
    backends: [await freePort(), await freePort()],
  };
}

/** The command line of `npm start` on these ports; npm's own lines are left out. */
export function demoArgs({ port, adminPort, backends }: DemoPorts, ...more: string[]): string[] {
  const ports = ["--port", `${port}`, "--admin-port", `${adminPort}`, "--backends", backends.join(",")];
  return ["--silent", "start", "--", ...ports, ...more];
}

/** `npm start`, ready for its first client. */
export async function startDemo(ports: DemoPorts): Promise<Command> {
  const demo = startCommand("npm", demoArgs(ports));
  const [, directory] = await demo.whenPrinted(RUN_DIRECTORY);
  // A demo that a spec kills leaves it behind.
  onCleanup(() => rmSync(directory!, { recursive: true, force: true }));
  await demo.whenPrinted(/npx wscat/);
  return demo;
}

/** Nothing of a demo is left: no process that `descendants` saw, no listener, no file. */
export async function expectNothingLeft(
  demo: Command,
  { port, adminPort, backends }: DemoPorts,
): Promise<void> {
  await waitFor(() => demo.leftovers().length === 0, { timeoutMs: 2_000, what: "its processes to end" });
  for (const taken of [port, adminPort, ...backends]) await requireFreePort(taken, "of the demo");
  const directory = RUN_DIRECTORY.exec(demo.output())?.[1];
  expect(directory === undefined || !existsSync(directory)).toBe(true);
}
