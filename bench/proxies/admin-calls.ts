import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../src/cli/failure";

const START_MS = 10_000;
const POLL_MS = 20;

interface Call {
  readonly method: string;
  readonly target: string;
  readonly body?: string;
  readonly ifMatch?: string;
}

async function call(adminPort: number, { method, target, body, ifMatch }: Call): Promise<Response> {
  const headers: Record<string, string> = { connection: "close", "content-type": "application/json" };
  if (ifMatch !== undefined) headers["if-match"] = ifMatch;
  const response = await fetch(`http://127.0.0.1:${adminPort}${target}`, { method, headers, body });
  await response.arrayBuffer();
  return response;
}

/** A 200 says that the change is in force everywhere, a 202 that it soon is. */
export async function change(adminPort: number, what: Call): Promise<void> {
  const { status } = await call(adminPort, what);
  if (status !== 200 && status !== 202)
    throw new Failure(`${what.method} ${what.target} was answered with ${status}`);
}

/** Until a worker leads, nothing can be changed. */
export async function whenLed(adminPort: number): Promise<void> {
  const deadline = Date.now() + START_MS;
  while ((await call(adminPort, { method: "GET", target: "/v1/config" })).status !== 200) {
    if (Date.now() > deadline) throw new Failure("no worker leads");
    await sleep(POLL_MS);
  }
}
