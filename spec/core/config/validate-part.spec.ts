import type { UpstreamConfig } from "../../../src/core/config/snapshot";
import { validate } from "../../../src/core/config/validate";
import { validateRoute, validateUpstream } from "../../../src/core/config/validate-part";
import { fullDocument, registry, shown } from "./documents";

const MOST_PEERS = 100_000;

function fullUpstreams(): readonly UpstreamConfig[] {
  return validate(fullDocument(), registry).snapshot!.upstreams;
}

describe("one upstream alone", () => {
  it("becomes what it is in the whole document", () => {
    const upstreams = fullDocument()["upstreams"] as Readonly<Record<string, unknown>>;
    for (const upstream of fullUpstreams()) {
      const { config } = validateUpstream(upstream.name, upstreams[upstream.name], 0, registry);
      expect(config).toEqual(upstream);
    }
  });

  it("is refused with the pointers of the whole document", () => {
    const document = { balancer: "round_robbin", peers: [{ address: "nowhere" }] };
    const { config, errors } = validateUpstream("chat", document, 0, registry);
    expect(config).toBeUndefined();
    expect(shown(errors)).toEqual([
      '/upstreams/chat/peers/0/address expected host:port, [ipv6]:port or unix:/path, found "nowhere": no port',
      '/upstreams/chat/balancer expected "least_conn", "round_robin" or "keyed", found "round_robbin"; did you mean "round_robin"?',
    ]);
  });

  it("is refused where it has one peer too many together with the others", () => {
    const document = { peers: [{ address: "127.0.0.1:1" }] };
    expect(validateUpstream("chat", document, MOST_PEERS - 1, registry).errors).toEqual([]);
    expect(shown(validateUpstream("chat", document, MOST_PEERS, registry).errors)).toEqual([
      "/upstreams expected at most 100000 peers in all, found 100001",
    ]);
  });
});

describe("one route alone", () => {
  const { routes } = validate(fullDocument(), registry).snapshot!;

  it("becomes what it is in the whole document", () => {
    const documents = fullDocument()["routes"] as readonly unknown[];
    for (const [index, route] of routes.entries()) {
      const others = routes.filter((other) => other !== route);
      expect(validateRoute(index, documents[index], others, fullUpstreams(), registry).config).toEqual(route);
    }
  });

  it("is refused with its place in the whole document", () => {
    const document = { id: "x", path: "/x", upstream: "caht" };
    const { config, errors } = validateRoute(1, document, routes, fullUpstreams(), registry);
    expect(config).toBeUndefined();
    expect(shown(errors)).toEqual(['/routes/1/upstream unknown upstream "caht"; did you mean "chat"?']);
  });

  it("is refused where it ties with another", () => {
    const tied = [
      { ...routes[0]!, id: "a", path: "/x", hosts: [], headers: {}, query: {}, subprotocols: [] },
    ];
    const document = { id: "b", path: "/x", upstream: "chat", key: "$arg_user", priority: tied[0]!.priority };
    expect(shown(validateRoute(1, document, tied, fullUpstreams(), registry).errors)).toEqual([
      '/routes/1 ties with /routes/0 ("a"): a request can match both, and neither is more specific; give one a higher "priority"',
    ]);
  });
});
