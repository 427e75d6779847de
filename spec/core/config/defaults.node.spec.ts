import { readFileSync } from "node:fs";
import path from "node:path";
import { BalancerRegistry } from "../../../src/core/balance/registry";
import {
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_HOST_HEADER,
  DEFAULT_IDLE_TIMEOUT_MS,
} from "../../../src/core/config/defaults";
import { parseDuration } from "../../../src/core/config/duration";
import { validate } from "../../../src/core/config/validate";

/** The defaults stand in three places: the validator, the constants of the balancer phase, and nginx's own directives. */

function snippet(name: string): string {
  return readFileSync(path.join(__dirname, "../../../nginx/switchboard", name), "utf8");
}

function directiveMs(name: string): number {
  const [, duration] = new RegExp(`^${name} (\\w+);$`, "m").exec(snippet("location-base.conf"))!;
  const [ms] = parseDuration(duration!);
  return ms!;
}

it("an upstream that says nothing has the defaults that the balancer phase leaves to nginx", () => {
  const { snapshot } = validate({ upstreams: { a: { peers: [] } } }, new BalancerRegistry());
  expect(snapshot!.upstreams).toMatchObject([
    {
      name: "a",
      connectTimeoutMs: DEFAULT_CONNECT_TIMEOUT_MS,
      idleTimeoutMs: DEFAULT_IDLE_TIMEOUT_MS,
      hostHeader: DEFAULT_HOST_HEADER,
    },
  ]);
});

it("nginx's directives say the same", () => {
  expect(directiveMs("proxy_connect_timeout")).toBe(DEFAULT_CONNECT_TIMEOUT_MS);
  expect(directiveMs("proxy_read_timeout")).toBe(DEFAULT_IDLE_TIMEOUT_MS);
  expect(directiveMs("proxy_send_timeout")).toBe(DEFAULT_IDLE_TIMEOUT_MS);
});

it("the Host header that nginx sends where Lua sets none is the same, but for a request line with a host", () => {
  const httpBase = snippet("http-base.conf");
  expect(snippet("location-base.conf")).toContain("proxy_set_header Host $switchboard_host;");
  expect(httpBase).toContain('map "" $switchboard_host { default $switchboard_asked_host; }');
  const [, asked] = /map "" \$switchboard_asked_host \{ default (\S+); \}/.exec(httpBase)!;
  expect(asked).toBe(DEFAULT_HOST_HEADER);
});
