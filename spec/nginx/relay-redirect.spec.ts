import { whenNothingIsCounted } from "../support/admin";
import type { Client } from "../support/client";
import { sessionOf, startAnswering, startRelayStage } from "../support/relay/stage";
import type { NamedBackend, RelayStage } from "../support/relay/stage";
import { waitFor } from "../support/wait-for";

const REDIRECT = 4300;

let stage: RelayStage;
let backends: Record<"a" | "b" | "c", NamedBackend>;

beforeAll(async () => {
  const started = [await startAnswering("a"), await startAnswering("b"), await startAnswering("c")] as const;
  backends = { a: started[0], b: started[1], c: started[2] };
  const [a, b, c] = started.map(({ address }) => address) as [string, string, string];
  const peers = { a, b, c };
  // Nothing else moves a session of these.
  const route = { on_drain: "close", on_crash: "close" };
  const group = { peers, route, relay: { accept_redirect: true } };
  stage = await startRelayStage({
    following: group,
    unknown: group,
    itself: group,
    nobody: group,
    elsewhere: group,
    deaf: { peers },
  });
});

afterEach(() => whenNothingIsCounted(stage.gateway));

/** A session on the peer a, which closes it with that reason. */
async function sentAway(group: string, reason: string): Promise<Client> {
  const { a } = backends;
  a.closes.length = 0;
  const client = await stage.connect(group, `/?reason=${reason}`);
  expect(await client.ask("1")).toBe("a: 1");
  for (const socket of a.connections) socket.close(REDIRECT, reason);
  return client;
}

describe("a peer that closes with 4300", () => {
  it("has its client go on with the peer that it names", async () => {
    const client = await sentAway("following", "peer=c");
    client.send("2");
    expect([await client.nextMessage(), await client.ask("3")]).toEqual(["c: 2", "c: 3"]);
    expect(backends.c.requests.at(-1)!.headers["switchboard-resume"]).toBe(
      `${sessionOf(client)}; from=a; moves=1`,
    );
    await waitFor(() => backends.a.closes.length > 0, { what: "the end of its connection" });
    expect(backends.a.closes).toEqual([REDIRECT]);
    expect(await stage.counts("following")).toEqual({ a: 0, b: 0, c: 1 });
    await client.close();
  });

  it.each([
    ["unknown", "peer=x"],
    ["itself", "peer=a"],
  ])("has it closed with 1012 where that is nobody else: %s, %s", async (group, reason) => {
    const client = await sentAway(group, reason);
    expect(await client.nextClose()).toEqual({ code: 1012, reason: "no other backend takes the session" });
  });

  it("has its client go on with any other where it names none", async () => {
    const client = await sentAway("nobody", "peer=");
    expect(await client.ask("2")).toMatch(/^[bc]: 2$/);
    await client.close();
  });

  it.each([
    ["deaf", "peer=b"],
    ["elsewhere", "elsewhere"],
  ])("is heard by the client where it means nothing: %s, %s", async (group, reason) => {
    const client = await sentAway(group, reason);
    expect(await client.nextClose()).toEqual({ code: REDIRECT, reason });
    expect(await stage.outcomeOf(client)).toBe(`upstream:close_${REDIRECT}`);
  });
});
