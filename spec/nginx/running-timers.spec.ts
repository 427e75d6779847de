import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";

/** Leaves none of the timers that may run at a time to others, for two seconds. */
const HOG = `
location /hog {
    content_by_lua_block {
        for _ = 1, 16 do ngx.timer.at(0, function() ngx.sleep(2) end) end
        ngx.say("ok")
    }
}`;

it("goes on with everything after other Lua has used up nginx's running timers", async () => {
  const [first, second] = [await startBackend(), await startBackend()];
  const configOf = (address: string): object => ({
    upstreams: { chat: { peers: [{ id: "a", address }] } },
    routes: [{ id: "all", upstream: "chat" }],
  });
  const gateway = await startGateway({
    config: configOf(first.address),
    httpExtra: "lua_max_running_timers 6;",
    serverExtra: HOG,
    // nginx tells of each timer that it drops.
    allowedErrors: [/lua_max_running_timers are not enough/],
  });
  await (await connect(gateway.url())).close();
  expect((await fetch(`http://127.0.0.1:${gateway.port}/hog`)).status).toBe(200);
  await waitFor(() => gateway.errorLog().includes("lua_max_running_timers are not enough"), {
    what: "a timer that nginx drops",
  });
  gateway.writeConfig(configOf(second.address));
  await waitFor(
    async () => {
      await (await connect(gateway.url())).close();
      return second.requests.length > 0;
    },
    { what: "the new config in force", timeoutMs: 15_000 },
  );
});
