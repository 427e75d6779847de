import type { UpstreamConfig } from "../../../src/core/config/snapshot";
import { validate } from "../../../src/core/config/validate";
import { knownUpstreams, validateRoutes, validateUpstream } from "../../../src/core/config/validate-part";
import { fullDocument, registry, shown } from "./documents";

function fullUpstreams(): readonly UpstreamConfig[] {
  return validate(fullDocument(), registry).snapshot!.upstreams;
}

describe("one upstream alone", () => {
  it("becomes what it is in the whole document", () => {
    const upstreams = fullDocument()["upstreams"] as Readonly<Record<string, unknown>>;
    for (const upstream of fullUpstreams())
      expect(validateUpstream(upstream.name, upstreams[upstream.name], registry).part).toEqual(upstream);
  });

  it("is refused with the pointers of the whole document", () => {
    const { part, errors } = validateUpstream(
      "chat",
      { balancer: "round_robbin", peers: [{ address: "nowhere" }] },
      registry,
    );
    expect(part).toBeUndefined();
    expect(shown(errors)).toEqual([
      '/upstreams/chat/peers/0/address expected host:port, [ipv6]:port or unix:/path, found "nowhere": no port',
      '/upstreams/chat/balancer expected "round_robin" or "keyed", found "round_robbin"; did you mean "round_robin"?',
    ]);
  });

  it("is refused under a name that none may have", () => {
    const [error] = shown(validateUpstream("a b", {}, registry).errors);
    expect(error!.startsWith("/upstreams/a b ")).toBe(true);
  });
});

describe("the routes alone", () => {
  const known = knownUpstreams(fullUpstreams(), registry);

  it("become what they are in the whole document", () => {
    const { routes } = validate(fullDocument(), registry).snapshot!;
    expect(validateRoutes(fullDocument()["routes"], known).part).toEqual(routes);
  });

  it("are refused with the pointers of the whole document", () => {
    const { part, errors } = validateRoutes(
      [
        { id: "a", path: "/x", upstream: "chat", key: "$arg_user" },
        { id: "b", path: "/x", upstream: "chat", key: "$arg_user" },
        { id: "c", upstream: "caht" },
      ],
      known,
    );
    expect(part).toBeUndefined();
    expect(shown(errors)).toEqual([
      '/routes/2/upstream unknown upstream "caht"; did you mean "chat"?',
      '/routes/1 ties with /routes/0 ("a"): a request can match both, and neither is more specific; give one a higher "priority"',
    ]);
  });
});

it("pauses come all through the work", () => {
  let pauses = 0;
  const upstreams: Record<string, unknown> = {};
  const routes: unknown[] = [];
  for (let index = 0; index < 200; index += 1) {
    upstreams[`u${index}`] = { peers: [{ address: `10.0.0.1:${8000 + index}` }] };
    routes.push({ id: `r${index}`, path: `/r${index}`, upstream: `u${index}` });
  }
  const { errors } = validate({ upstreams, routes }, registry, () => {
    pauses += 1;
  });
  expect(errors).toEqual([]);
  expect(pauses >= 10).toBe(true);
});
