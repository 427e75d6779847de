import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import { routedByName } from "../support/documents";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";
import { allWorkers } from "../support/worker-probe";

/** For `serverExtra`: takes a part out of the shared dict. */
const BREAK = `location = /break {
  content_by_lua_block { ngx.shared.switchboard:delete("1:upstream:chat:1") }
}`;
/** Refused one after the other, each after some more rounds in which the worker tried to catch up. */
const REFUSED = ["not JSON", "not JSON either", "nor is this JSON"];

async function loseWorker(gateway: Gateway): Promise<void> {
  const [worker] = await allWorkers(gateway);
  process.kill(worker!, "SIGKILL");
  await waitFor(() => !gateway.workerPids().includes(worker!));
  await allWorkers(gateway);
}

it("a worker that misses a part of the config says once which, and takes the next one", async () => {
  const backend = await startBackend();
  const config = routedByName({ chat: { peers: [{ address: backend.address }] } });
  const gateway = await startGateway({
    config,
    serverExtra: BREAK,
    allowedErrors: [/worker process \d+ exited on signal 9/],
  });
  const refusals = () => gateway.errorLog().split("the change is refused").length;
  // With a file that can be used the next leader would put it right at once.
  gateway.writeConfig("");
  await waitFor(() => refusals() > 1);
  await fetch(`http://127.0.0.1:${gateway.port}/break`, { headers: { connection: "close" } });
  await loseWorker(gateway);
  for (const text of REFUSED) {
    const before = refusals();
    gateway.writeConfig(text);
    await waitFor(() => refusals() > before);
  }
  const entries = gateway.errorLog().match(/generation 1 is not applied: 1:upstream:chat:1 cannot be read/g);
  expect(entries).toHaveLength(1);

  gateway.writeConfig(config);
  const client = await waitFor(() => connect(gateway.url("/chat/")).catch(() => undefined));
  expect(await client.ask("Hello")).toBe("Server received from client: Hello");
});
