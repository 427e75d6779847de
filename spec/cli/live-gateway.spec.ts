import { startGateway } from "../support/gateway";
import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import { switchboard, switchboards } from "../support/switchboard";

it("looks at a real gateway", async () => {
  const backend = await startBackend();
  const address = `127.0.0.1:${backend.port}`;
  const gateway = await startGateway({
    config: {
      upstreams: { chat: { peers: [{ id: "a", address }] } },
      routes: [{ id: "rooms", path: "/rooms/{room}", upstream: "chat" }],
    },
  });
  const url = `http://127.0.0.1:${gateway.adminPort}`;
  await connect(gateway.url("/rooms/1"));
  const [status, upstreams, peers, routes, match, pick, none] = await switchboards(
    [
      ["status"],
      ["upstreams"],
      ["peers", "chat"],
      ["routes"],
      ["match", "ws://x/rooms/42?v=1"],
      ["pick", "chat"],
      ["peers", "none"],
    ],
    { url },
  );
  expect(status).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^version +\d.*\n(.*\n)*sessions +1\n/),
  });
  expect(upstreams!.stdout).toMatch(/^chat +round_robin +1 +1 +0 +1 /m);
  expect(peers!.stdout).toMatch(new RegExp(`^a +${address} +ready +up +1 +1 `, "m"));
  expect(routes!.stdout).toMatch(/^rooms +\* +\/rooms\/\{room\} +chat +0 +\d/m);
  expect(match!.stdout).toBe("route     rooms\nupstream  chat\n{room}    42\nsent as   /rooms/42?v=1\n");
  expect(pick!.stdout).toMatch(new RegExp(`^chat/a \\(${address}\\): `));
  expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: no_such_upstream: /) });
  expect((await switchboard(["watch", "--count", "1"], { url })).stdout).toMatch(
    /^chat\/a +ready +up +1 +1 /m,
  );
});
