import { startBackend } from "../support/backend";
import { Crowd } from "../support/crowd";
import { openMany } from "../support/fleet";
import { routedByName } from "../support/documents";
import { openEvents } from "../support/events";
import type { EventStreamClient } from "../support/event-stream";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { whenHealth } from "../support/peer-health";
import { startRawBackend } from "../support/raw-backend";
import type { Behaviour } from "../support/raw-backend";
import { waitFor } from "../support/wait-for";
import { allWorkers, probe } from "../support/worker-probe";

/** Sessions end because clients go, because backends are deployed, because networks break: that says nothing of a peer. */

const PATH = "/chat/";
const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n";
/** A Close frame with code 1000. */
const CLOSE = "\x88\x02\x03\xe8";
const SOON_MS = 50;

/** The peer b is there so that a can be spared; it has no weight, and gets nothing. */
async function start(address: string, passive: object): Promise<{ gateway: Gateway; events: EventStreamClient }> {
  const b = await startBackend();
  const peers = [
    { id: "a", address },
    { id: "b", address: b.address },
  ];
  const gateway = await startGateway({
    config: routedByName({
      chat: {
        balancer: { type: "hash", key: "x" },
        peers,
        panic_threshold: 0,
        retries: 0,
        health: { passive: { max_fails: 3, ...passive } },
      },
    }),
    workers: 2,
  });
  await allWorkers(gateway);
  return { gateway, events: await openEvents(gateway.adminPort, "?type=health") };
}
