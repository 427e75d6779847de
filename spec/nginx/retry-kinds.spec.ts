import { whenNothingIsCounted } from "../support/admin";
import { startBackend } from "../support/backend";
import { freePort } from "../support/free-port";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import {
  answer,
  closeAtOnce,
  drip,
  say,
  sayAndClose,
  startRawBackend,
  staySilent,
} from "../support/raw-backend";
import type { Behaviour } from "../support/raw-backend";
import { handshakeBytes, rawRequest } from "../support/raw-request";
import type { RawAnswer } from "../support/raw-request";
import { waitFor } from "../support/wait-for";

const ALL_KINDS = ["error", "timeout", "http_502", "http_503", "http_504"];

/** Each way to fail, the kind in `retry_on` that names it, and what the client gets where it is not retried. */
const FAILURES: readonly {
  name: string;
  behaviour?: Behaviour;
  kind: string;
  code: string;
  says?: string;
}[] = [
  { name: "refuses", kind: "error", code: "bad_upstream" },
  { name: "closes", behaviour: closeAtOnce, kind: "error", code: "bad_upstream" },
  { name: "breaks_off", behaviour: sayAndClose("HTTP/1.1 101 Swi"), kind: "error", code: "bad_upstream" },
  {
    name: "says_too_much",
    behaviour: say(`HTTP/1.1 101 Switching Protocols\r\nX: ${"x".repeat(40_000)}\r\n\r\n`),
    kind: "error",
    code: "bad_upstream",
  },
  { name: "is_silent", behaviour: staySilent, kind: "timeout", code: "handshake_timeout" },
  { name: "drips", behaviour: drip("HTTP/1.1 101", 1_000), kind: "timeout", code: "handshake_timeout" },
  { name: "answers_502", behaviour: answer(502), kind: "http_502", code: "bad_upstream", says: "502" },
  { name: "answers_503", behaviour: answer(503), kind: "http_503", code: "bad_upstream", says: "503" },
  { name: "answers_504", behaviour: answer(504), kind: "http_504", code: "bad_upstream", says: "504" },
];

/** Fails in a way of its own before another peer refuses the connection. */
const FIRST_OF_TWO = ["is_silent", "answers_503"];

let gateway: Gateway;

beforeAll(async () => {
  const good = await startBackend();
  const upstreams: Record<string, object> = {};
  const refusing = `127.0.0.1:${await freePort()}`;
  for (const { name, behaviour, kind } of FAILURES) {
    const bad = behaviour === undefined ? refusing : (await startRawBackend(behaviour)).address;
    const policy = {
      balancer: { type: "round_robin", start: 0 },
      handshake_timeout: "300ms",
      peers: [
        { id: "bad", address: bad },
        { id: "good", address: good.address },
      ],
    };
    if (FIRST_OF_TWO.includes(name)) {
      upstreams[`${name}_then_refuses`] = { ...policy, peers: [{ address: bad }, { address: refusing }] };
    }
    upstreams[`${name}_retried`] = { ...policy, retry_on: [kind] };
    upstreams[`${name}_not_retried`] = { ...policy, retry_on: ALL_KINDS.filter((other) => other !== kind) };
  }
  gateway = await startGateway({
    config: {
      upstreams,
      routes: Object.keys(upstreams).map((name) => ({ id: name, path: `/${name}`, upstream: name })),
    },
  });
});

afterEach(() => whenNothingIsCounted(gateway));

function ask(name: string): Promise<RawAnswer> {
  return rawRequest(gateway.port, handshakeBytes(`/${name}`));
}

describe.each(FAILURES)("a peer that $name", ({ name, kind, code, says = "" }) => {
  it(`costs nothing where retry_on has ${kind}`, async () => {
    expect((await ask(`${name}_retried`)).status).toBe(101);
    const { peer, tries } = await logged(`${name}_retried`);
    expect({ peer, tries: tries!.split(", ").length }).toEqual({ peer: "good", tries: 2 });
  });

  it(`ends the handshake where retry_on has all but ${kind}`, async () => {
    const answered = await ask(`${name}_not_retried`);
    expect(answered.headers["switchboard-error"]).toBe(code);
    expect(answered.status).toBe(code === "handshake_timeout" ? 504 : 502);
    expect(answered.body).toContain(says);
  });
});

describe("the answer tells of the last attempt", () => {
  it.each(FIRST_OF_TWO)("where one peer %s and the next refuses the connection", async (name) => {
    const answered = await ask(`${name}_then_refuses`);
    expect([answered.status, answered.headers["switchboard-error"]]).toEqual([502, "bad_upstream"]);
    expect(answered.body).toContain("no backend could be reached");
  });
});

/** nginx logs a session when it has ended, a moment after the client has left. */
async function logged(name: string): Promise<Record<string, string>> {
  const line = await waitFor(() => gateway.accessLog().find((entry) => entry.includes(`GET /${name} `)), {
    what: `the access log of ${name}`,
  });
  return JSON.parse(line) as Record<string, string>;
}
