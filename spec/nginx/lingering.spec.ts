import net from "node:net";
import { countsOf } from "../support/admin-calls";
import { onCleanup } from "../support/cleanup";
import { startGateway } from "../support/gateway";
import { acceptWrongly, startRawBackend } from "../support/raw-backend";
import { handshakeBytes } from "../support/raw-request";
import { waitFor } from "../support/wait-for";

const CHUNK = Buffer.alloc(64 * 1024);

/** A client that sends for as long as somebody reads, and does not end when the other side does. */
function startFlood(port: number): net.Socket {
  const client = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const fill = (): void => {
    while (client.writable && client.write(CHUNK));
  };
  client.on("error", () => undefined);
  client.on("drain", fill);
  client.write(handshakeBytes("/"));
  client.once("data", fill);
  onCleanup(() => void client.destroy());
  return client;
}

/** Nobody takes what the client sends any more: every buffer on the way is full. */
function isStuck(client: net.Socket): () => boolean {
  let before = 0;
  let since = performance.now();
  return () => {
    const sent = client.bytesWritten - client.writableLength;
    if (sent !== before) since = performance.now();
    before = sent;
    return sent > 0 && client.writableNeedDrain && performance.now() - since > 300;
  };
}

it("a session whose backend is gone does not count for longer than two seconds, though its client sends on", async () => {
  const backend = await startRawBackend((socket, head) => {
    acceptWrongly(socket, head);
    socket.pause();
  });
  const gateway = await startGateway({
    config: {
      upstreams: { app: { peers: [{ id: "a", address: backend.address }] } },
      routes: [{ id: "all", upstream: "app" }],
    },
  });
  const client = startFlood(gateway.port);
  await waitFor(async () => (await countsOf(gateway, "app"))["a"] === 1 && backend.connections.size === 1, {
    what: "the session",
  });
  await waitFor(isStuck(client), { what: "the client to be stuck" });
  for (const socket of backend.connections) socket.resetAndDestroy();
  await waitFor(async () => (await countsOf(gateway, "app"))["a"] === 0, {
    timeoutMs: 2_500,
    what: "the slot to be free",
  });
});
