import type { Socket } from "node:net";
import { startBackend } from "../support/backend";
import { changePeers } from "../support/change-in-force";
import { connect } from "../support/client";
import { routedByName } from "../support/documents";
import { openEvents } from "../support/events";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { healthOf, leaderOf } from "../support/peer-health";
import {
  ONE_EACH_MS,
  probedBy,
  startProbed,
  timeOfProbesMs,
  whenAllProbed,
} from "../support/probed-backends";
import type { Counts } from "../support/probed-backends";
import { waitFor } from "../support/wait-for";
import { allWorkers } from "../support/worker-probe";

/** Whatever becomes of workers, one of them probes. */

/** Two seconds for the lease of the one that is gone to end, and as much again for a busy machine. */
const TAKEOVER_MS = 4_000;

let gateway: Gateway;
let counts: Counts;

/** Three workers, for all tests that need no backend of their own. */
beforeAll(async () => {
  ({ gateway, counts } = await startProbed(3));
});

it("another worker goes on when the one that probes is killed", async () => {
  await whenAllProbed(counts);
  const leader = await leaderOf(gateway);
  process.kill(leader, "SIGKILL");
  await whenAllProbed(counts, 1, undefined, TAKEOVER_MS);
  await allWorkers(gateway);
  expect(await leaderOf(gateway)).not.toBe(leader);
  await whenAllProbed(counts, 2);
  expect(await timeOfProbesMs(counts)).toBeGreaterThan(ONE_EACH_MS);
});

it("workers from before a reload, which still have sessions, probe no more", async () => {
  await whenAllProbed(counts);
  const clients = await Promise.all(Array.from({ length: 8 }, () => connect(gateway.url("/websocket/"))));
  await gateway.reload();
  await gateway.reload();
  expect(gateway.exitingWorkerPids().length).toBeGreaterThan(0);
  await whenAllProbed(counts, 3);
  expect(await timeOfProbesMs(counts)).toBeGreaterThan(ONE_EACH_MS);
  for (const client of clients) expect(client.isOpen).toBe(true);
});

it("a reload in the middle of probes puts nobody down, and the next ones begin", async () => {
  let probes = 0;
  let isSilent = false;
  let leftAlone: Socket | undefined;
  const backend = await startBackend({
    onHttp: ({ socket }, response) => {
      probes += 1;
      if (isSilent && leftAlone === undefined) leftAlone = socket;
      else response.end("well");
    },
  });
  const another = await startGateway({
    workers: 2,
    config: routedByName({
      chat: {
        peers: [{ id: "a", address: backend.address }],
        health: probedBy("http", { timeout: "1500ms", fall: 1 }),
      },
    }),
  });
  const client = await connect(another.url("/chat/"));
  const events = await openEvents(another.adminPort, "?type=health");
  await waitFor(() => probes > 1, { what: "probes" });
  isSilent = true;
  await waitFor(() => leftAlone !== undefined, { what: "a probe that is not answered" });
  await another.reload();
  const before = probes;
  await waitFor(() => leftAlone!.destroyed, { what: "the end of the probe" });
  await waitFor(() => probes > before + 3, { what: "further probes" });
  expect((await healthOf(another))["a"]!.health).toBe("up");
  expect(events.ofType("health")).toEqual([]);
  expect(client.isOpen).toBe(true);
});

it("a peer in maintenance is not probed, and is again when it is ready", async () => {
  await whenAllProbed(counts);
  const others = ["websocket", "tcp"];
  await changePeers(gateway, "http", "POST", "/a/maint", { force: true });
  // One may have been under way.
  await whenAllProbed(counts, 2, others);
  const before = counts["http"]!;
  await whenAllProbed(counts, 4, others);
  expect(counts["http"]).toBe(before);
  await changePeers(gateway, "http", "POST", "/a/ready");
  await waitFor(() => counts["http"]! >= before + 2, { what: "probes of the one that is ready" });
});
