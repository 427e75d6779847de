import { setTimeout as sleep } from "node:timers/promises";
import type { Backend } from "../support/backend";
import { routedByName } from "../support/documents";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { answer, closeAtOnce, startRawBackend } from "../support/raw-backend";
import type { RawBackend } from "../support/raw-backend";
import { allWorkers, probe, startNamedBackend } from "../support/worker-probe";

const HANDSHAKES = 100;
const BETWEEN_HANDSHAKES_MS = 12;
/** Far more than what the others may take on a machine that is busy with other things as well. */
const SLOW_MS = 1_000;
const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Accept: x\r\nBackend: slow\r\n\r\n";

let slow: RawBackend;
let fast: Backend[];

beforeAll(async () => {
  fast = [await startNamedBackend("a"), await startNamedBackend("b")];
  slow = await startRawBackend((socket) => setTimeout(() => socket.write(SWITCHING), SLOW_MS));
});

function upstreamWith(address: string, balancer: string): object {
  const peers = [
    { id: "a", address: fast[0]!.address },
    { id: "b", address: fast[1]!.address },
    { id: "odd", address },
  ];
  return { balancer, peers };
}

/** Handshakes at a steady rate: the answers by what they say of the backend, or by their status. */
async function trickle(gateway: Gateway, target: string): Promise<Readonly<Record<string, number>>> {
  const started = [];
  while (started.length < HANDSHAKES) {
    started.push(probe(gateway, target));
    await sleep(BETWEEN_HANDSHAKES_MS);
  }
  const seen: Record<string, number> = {};
  for (const { status, backend } of await Promise.all(started)) {
    const name = status === 101 ? backend : `${status}`;
    seen[name] = (seen[name] ?? 0) + 1;
  }
  return seen;
}

it("peak_ewma gives a peer that answers slowly few handshakes", async () => {
  const gateway = await startGateway({
    config: routedByName({
      ewma: upstreamWith(slow.address, "peak_ewma"),
      turns: upstreamWith(slow.address, "round_robin"),
    }),
    workers: 2,
  });
  await allWorkers(gateway);
  const byTurns = await trickle(gateway, "/turns/");
  expect(byTurns["slow"]).toBeGreaterThan(HANDSHAKES / 4);
  const seen = await trickle(gateway, "/ewma/");
  expect(Object.keys(seen).filter((name) => !["a", "b", "slow"].includes(name))).toEqual([]);

  expect(seen["slow"] ?? 0).toBeLessThan(HANDSHAKES / 5);
});

it.each([
  ["that cuts every connection", closeAtOnce],
  ["that is out of service", answer(503)],
])("peak_ewma tries a peer %s now and then, and no client notices", async (_what, behaviour) => {
  const broken = await startRawBackend(behaviour);
  const config = routedByName({ ewma: upstreamWith(broken.address, "peak_ewma") });
  const gateway = await startGateway({ config, workers: 2 });
  await allWorkers(gateway);
  const seen = await trickle(gateway, "/ewma/");
  expect((seen["a"] ?? 0) + (seen["b"] ?? 0)).toBe(HANDSHAKES);
  expect(broken.requestHeads.length).toBeGreaterThan(0);
  expect(broken.requestHeads.length).toBeLessThan(HANDSHAKES / 5);
});
