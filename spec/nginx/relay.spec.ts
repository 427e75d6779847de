import { randomBytes } from "node:crypto";
import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import { startGateway } from "../support/gateway";

const config = (ports: readonly number[], relay: object = {}): object => ({
  upstreams: {
    chat: {
      peers: ports.map((port) => ({ id: `p${port}`, address: `127.0.0.1:${port}` })),
      drain: { spread: "0s" },
    },
  },
  routes: [
    { id: "all", path: "/*", upstream: "chat", mode: "relay", on_drain: "move", on_crash: "move", relay },
  ],
});

describe("a session in relay mode", () => {
  test("passes messages both ways, whatever their size", async () => {
    const backend = await startBackend({ reply: (text) => text });
    const gateway = await startGateway({ config: config([backend.port]) });
    const client = await connect(gateway.url("/"));
    for (const length of [1, 125, 126, 65_535, 65_536, 70_000, 1_000_000]) {
      const text = randomBytes(length).toString("hex").slice(0, length);
      expect(await client.ask(text)).toBe(text);
    }
    client.socket.close(4001, "bye");
    expect(await client.nextClose()).toEqual({ code: 4001, reason: "bye" });
  });
});
