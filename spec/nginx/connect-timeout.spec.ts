import { connectRefused } from "../support/client";
import { startGateway } from "../support/gateway";
import { whenNothingIsCounted } from "../support/admin";
import { startStuckPort } from "../support/stuck-port";

it("a connect that is not answered ends as 504 handshake_timeout after connect_timeout", async () => {
  const port = await startStuckPort();
  const gateway = await startGateway({
    config: {
      upstreams: {
        stuck: {
          connect_timeout: "300ms",
          handshake_timeout: "10s",
          peers: [{ address: `127.0.0.1:${port}` }],
        },
      },
      routes: [{ id: "all", upstream: "stuck" }],
    },
  });
  const startedAt = performance.now();
  const { status, headers } = await connectRefused(gateway.url());
  const tookMs = performance.now() - startedAt;
  expect([status, headers["switchboard-error"]]).toEqual([504, "handshake_timeout"]);
  expect(tookMs).toBeGreaterThanOrEqual(290);
  expect(tookMs).toBeLessThan(3000);
  await whenNothingIsCounted(gateway);
});
