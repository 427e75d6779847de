import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import { startGateway } from "../support/gateway";
import { closePaced, closeSessions, SESSION_CALLS } from "../support/session-calls";
import { waitFor } from "../support/wait-for";
import { allWorkers } from "../support/worker-probe";

const SESSIONS = 60;
const RATE = 20;
/** What a busy machine may add to the moments at which the closings are noticed here. */
const NOTICED_LATE_S = 1;

describe("closing sessions at a rate", () => {
  it("keeps to the rate over all workers, and leaves what opens later", async () => {
    const backend = await startBackend();
    const gateway = await startGateway({
      config: {
        upstreams: { chat: { peers: [{ id: "a", address: backend.address }] } },
        routes: [{ id: "all", path: "/*", upstream: "chat" }],
      },
      workers: 2,
      serverExtra: SESSION_CALLS,
    });
    await allWorkers(gateway);
    const clients: Client[] = [];
    for (let nth = 0; nth < SESSIONS; nth += 1) clients.push(await connect(gateway.url()));
    const closedAt: number[] = [];
    for (const client of clients) client.socket.once("close", () => closedAt.push(performance.now()));

    const begunAt = performance.now();
    const answer = await closePaced(gateway, { peer: "a" }, RATE);
    expect(answer).toMatchObject({ closing: SESSIONS, rate: RATE, unanswered: 0 });
    const later = await connect(gateway.url());
    await waitFor(() => closedAt.length === SESSIONS, { what: "the end of all", timeoutMs: 20_000 });
    closedAt.forEach((at, index) => {
      const afterS = (at - begunAt) / 1000;
      expect(index + 1).toBeLessThanOrEqual(RATE * (afterS + NOTICED_LATE_S));
    });
    expect(await later.ask("still there")).toContain("still there");

    expect(await closeSessions(gateway, { peer: "a" })).toMatchObject({ closed: 1 });
    await later.nextClose();
  });
});
