import { setTimeout as sleep } from "node:timers/promises";
import { DnsServer } from "../support/dns-server";
import {
  BACK_MS,
  configOf,
  COUNTS_MS,
  FaultStage,
  NOTICE_MS,
  PEERS,
  POLICY,
} from "../support/faults/fault-stage";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import { failedOf, lostOf, SPREAD_MS } from "../support/faults/ordeal";
import { Visitors } from "../support/faults/visitors";
import { freePort } from "../support/free-port";
import { waitFor } from "../support/wait-for";

const NAME = "fleet.test";
const HOSTS = Array.from({ length: PEERS }, (_, index) => `127.0.0.${index + 11}`);
const DEAD = "127.0.0.15";
const TTL_S = 1;

it("peers whose addresses come and go lose no handshake and no session, and one that is dead gets none", async () => {
  const port = await freePort();
  const backends = await Promise.all(
    HOSTS.map((host, index) => startFaultyBackend({ name: `b${index}`, host, port })),
  );
  const dns = await DnsServer.start();
  dns.setAddresses(NAME, HOSTS, TTL_S);
  const chat = { ...POLICY, peers: [{ id: "web", address: `${NAME}:${port}` }] };
  const stage = await FaultStage.behind(backends, {
    config: configOf(chat, { resolver: { addresses: [dns.address], ttl_min: `${TTL_S}s` } }),
  });
  const victim = stage.backend(0);
  const visitors = new Visitors(stage.gateway, 100);
  await visitors.whenServed(PEERS);
  dns.setAddresses(NAME, HOSTS.slice(1), TTL_S);
  await waitFor(async () => (await stage.peer(`web#${HOSTS[0]}`)).removed, {
    timeoutMs: TTL_S * 1_000 + NOTICE_MS,
    what: "the address to leave",
  });
  const leftAtMs = Date.now();
  await sleep(2 * SPREAD_MS);
  await stage.whenActiveIs(`web#${HOSTS[0]}`, stage.residentsOf(victim).length, COUNTS_MS);
  const comesAtMs = Date.now();
  dns.setAddresses(NAME, [...HOSTS, DEAD], TTL_S);
  await visitors.servedBy(victim.name, comesAtMs, BACK_MS);
  const down = await stage.listener.when(`web#${DEAD}`, "down", comesAtMs, TTL_S * 1_000 + NOTICE_MS);
  await sleep(2 * SPREAD_MS);
  const visits = await visitors.end();

  expect(failedOf(visits)).toEqual([]);
  expect(lostOf(visits)).toEqual([]);
  const meanwhile = visits.filter(({ startMs }) => startMs > leftAtMs + SPREAD_MS && startMs < comesAtMs);
  expect(meanwhile.length).toBeGreaterThan(0);
  expect(meanwhile.filter(({ tried }) => tried.includes(victim.address))).toEqual([]);
  const later = visits.filter(({ startMs }) => startMs > down.atMs + SPREAD_MS);
  expect(later.length).toBeGreaterThan(0);
  expect(later.filter(({ tried }) => tried.includes(`${DEAD}:${port}`))).toEqual([]);
  expect(stage.listener.news.map(({ peer }) => peer)).toEqual([`web#${DEAD}`]);
  for (const resident of stage.residents) expect(await resident.ask("x")).toContain(": x");
  await stage.whenCountsAreReal(COUNTS_MS);
});
