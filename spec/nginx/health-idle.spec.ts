import { setTimeout as sleep } from "node:timers/promises";
import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import { routedByName } from "../support/documents";
import { startGateway } from "../support/gateway";
import { probedBy } from "../support/probed-backends";
import { waitFor } from "../support/wait-for";

/** Eight intervals. */
const QUIET_MS = 1600;

it("probes an upstream without sessions at its idle interval, and at the usual one as soon as it has one", async () => {
  const paths: string[] = [];
  const backend = await startBackend({
    refuse: ({ url = "" }) => {
      paths.push(url);
      return undefined;
    },
  });
  const probes = (): number => paths.filter((url) => url === "/alive").length;
  const gateway = await startGateway({
    workers: 2,
    config: routedByName({
      chat: {
        peers: [{ id: "a", address: backend.address }],
        health: probedBy("websocket", { path: "/alive", idle_interval: "1h" }),
      },
    }),
  });
  // The first probe comes at once, and a second within an interval of it.
  await waitFor(() => probes() > 0, { what: "a first probe" });
  await sleep(QUIET_MS);
  const alone = probes();
  expect(alone).toBeLessThanOrEqual(3);
  const client = await connect(gateway.url("/chat/"));
  await waitFor(() => probes() >= alone + 4, { what: "probes for an upstream with a session" });
  await client.close();
});
