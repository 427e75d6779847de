import { routedByName } from "../support/documents";
import { openEvents } from "../support/events";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import { startGateway } from "../support/gateway";
import { readMetrics } from "../support/metrics";
import { ASK_WORKERS, whenAllKnow, whenHealth } from "../support/peer-health";
import { switchboard } from "../support/switchboard";
import { waitFor } from "../support/wait-for";
import { allWorkers, probe } from "../support/worker-probe";

/** Each change of health is told where people look, once, with its reason. */

it("by probes: event, log, status, command and metrics", async () => {
  const [a, b] = await Promise.all([startFaultyBackend({ name: "a" }), startFaultyBackend({ name: "b" })]);
  const gateway = await startGateway({
    config: routedByName({
      chat: {
        peers: [
          { id: "a", address: a.address },
          { id: "b", address: b.address },
        ],
        health: { active: { path: "/alive", interval: "200ms", fast_interval: "200ms", timeout: "300ms" } },
      },
    }),
    workers: 2,
    serverExtra: ASK_WORKERS,
  });
  await allWorkers(gateway);
  const events = await openEvents(gateway.adminPort, "?type=health");
  const series = async (name: string, labels: Record<string, string>): Promise<number> =>
    (await readMetrics(gateway)).value(name, { upstream: "chat", peer: "a", ...labels }) ?? 0;

  await a.mute();
  const before = new Date(Date.now() - 5_000).toISOString();
  await whenAllKnow(gateway, { a: { health: "down", health_reason: "pong timeout" }, b: "up" });
  const { a: down } = await whenHealth(gateway, { a: "down" });
  expect(down!.health_since! > before).toBe(true);
  const url = `http://127.0.0.1:${gateway.adminPort}`;
  const { stdout } = await switchboard(["peers", "chat"], { url });
  expect(stdout).toMatch(/^a +\S+ +ready +down +.*pong timeout$/m);
  expect(await series("switchboard_peer_up", {})).toBe(0);
  expect((await switchboard(["status"], { url })).stdout).toMatch(/^1 peer is down$/m);
  await a.heal();
  await whenAllKnow(gateway, { a: { health: "up", health_reason: "probe passed" } });
  expect(await series("switchboard_peer_up", {})).toBe(1);

  await waitFor(() => events.ofType("health").length === 2, { what: "two events" });
  expect(events.ofType("health").map(({ data }) => data)).toMatchObject([
    { upstream: "chat", peer: "a", to: "down", reason: "pong timeout", source: "probe" },
    { upstream: "chat", peer: "a", to: "up", reason: "probe passed", source: "probe" },
  ]);
  const lines = gateway.errorLog().match(/\[(warn|notice)\][^\n]*peer "a" of upstream "chat"[^\n]*/g);
  expect(lines).toHaveLength(2);
  expect(lines![0]).toMatch(new RegExp(`^\\[warn\\].* at ${a.address} is down: pong timeout`));
  expect(lines![1]).toMatch(new RegExp(`^\\[notice\\].* at ${a.address} is up: probe passed`));
  const isCounted = async (name: string, labels: Record<string, string>, atLeast: number): Promise<unknown> =>
    waitFor(async () => (await series(name, labels)) >= atLeast, {
      what: `${name} ${JSON.stringify(labels)}`,
    });
  await isCounted("switchboard_probes_total", { result: "failed" }, 2);
  await isCounted("switchboard_probes_total", { result: "passed" }, 1);
  await isCounted("switchboard_peer_health_changes_total", { to: "down" }, 1);
  await isCounted("switchboard_peer_health_changes_total", { to: "up" }, 1);
  expect(await series("switchboard_peer_health_changes_total", { to: "down" })).toBe(1);
  expect(await series("switchboard_peer_ejections_total", {})).toBe(0);
});

it("by handshakes, and by what a peer says", async () => {
  const [a, b] = await Promise.all([startFaultyBackend({ name: "a" }), startFaultyBackend({ name: "b" })]);
  const gateway = await startGateway({
    config: routedByName({
      chat: {
        peers: [
          { id: "a", address: a.address },
          { id: "b", address: b.address },
        ],
        health: { passive: { max_fails: 2, eject: "500ms" }, agent: true },
      },
    }),
    workers: 2,
    serverExtra: ASK_WORKERS,
  });
  await allWorkers(gateway);
  const events = await openEvents(gateway.adminPort, "?type=health");
  const whenTold = (to: string, peer = "a"): Promise<unknown> =>
    waitFor(async () => {
      await probe(gateway, "/chat/");
      return events.ofType("health").some(({ data }) => data["to"] === to && data["peer"] === peer);
    });
  await a.refuse();
  await whenTold("down");
  await a.heal();
  await whenTold("up");
  await b.say({ "Switchboard-Peer": "weight=50%" });
  await whenTold("agent", "b");
  const told = events.ofType("health").map(({ data }) => data);
  expect(told).toMatchObject([
    {
      peer: "a",
      to: "down",
      reason: expect.stringMatching(/^ejected for 500ms: \d+ failures in a row: connect failed$/) as string,
      source: "handshakes",
    },
    { peer: "a", to: "trial", source: "handshakes" },
    { peer: "a", to: "up", reason: "trial passed", source: "handshakes" },
    { peer: "b", to: "agent", reason: "weight=50%", source: "agent" },
  ]);
  const { stdout } = await switchboard(["peers", "chat"], { url: `http://127.0.0.1:${gateway.adminPort}` });
  expect(stdout).toMatch(/^a .* up .* trial passed$/m);
  expect(stdout).toMatch(/^b .* weight=50% +-$/m);
  await waitFor(
    async () => (await readMetrics(gateway)).value("switchboard_peer_ejections_total", { peer: "a" }) === 1,
    { what: "the ejection in the metrics" },
  );
});
