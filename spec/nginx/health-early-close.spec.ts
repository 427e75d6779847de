import { setTimeout as sleep } from "node:timers/promises";
import { whenNothingIsCounted } from "../support/admin";
import { putConfig } from "../support/change-in-force";
import { Crowd } from "../support/crowd";
import type { Member } from "../support/crowd";
import { routedByName } from "../support/documents";
import { openEvents } from "../support/events";
import type { EventStreamClient } from "../support/event-stream";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { startRawBackend } from "../support/raw-backend";
import type { RawBackend } from "../support/raw-backend";
import { waitFor } from "../support/wait-for";
import { allWorkers, probe } from "../support/worker-probe";

/** Sessions end because clients go, because a backend is deployed, because a network breaks: that says nothing of a peer. */

const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n";
/** A Close frame with code 1000. */
const CLOSE = "\x88\x02\x03\xe8";
const SESSIONS = 50;

let gateway: Gateway;
let events: EventStreamClient;
/** Of the test that runs: its peers are as new. */
let upstream = "none";
let documents = 0;

beforeAll(async () => {
  gateway = await startGateway({ config: { upstreams: {}, routes: [] }, workers: 2 });
  await allWorkers(gateway);
});

/** Two peers at one address: one of them may be spared. */
async function start(crowd: Crowd, { address }: RawBackend, passive: object, other = address): Promise<void> {
  documents += 1;
  upstream = `chat${documents}`;
  const config = routedByName({
    [upstream]: {
      peers: [
        { id: "a", address },
        { id: "b", address: other },
      ],
      retries: 0,
      health: { passive: { max_fails: 3, ...passive } },
    },
  });
  await putConfig(gateway, config);
  crowd.port = gateway.port;
  events = await openEvents(gateway.adminPort, "?type=health");
}

function told(): Readonly<Record<string, unknown>>[] {
  return events
    .ofType("health")
    .map(({ data }) => data)
    .filter(({ upstream: of }) => of === upstream);
}

function openAll(crowd: Crowd): Promise<Member[]> {
  return Promise.all(Array.from({ length: SESSIONS }, () => crowd.open(upstream)));
}

/** What counts is heard of in its order, so nothing that went before counted. */
async function expectNothingBeforeRefusal(backend: RawBackend): Promise<void> {
  await whenNothingIsCounted(gateway);
  await backend.close();
  await waitFor(async () => {
    await probe(gateway, `/${upstream}/`);
    return told().length > 0;
  });
  expect(told()[0]).toMatchObject({
    to: "down",
    reason: expect.stringMatching(/: \d+ failures in a row: connect failed$/) as string,
  });
}

describe("sessions that their peer cuts", () => {
  it("say nothing of it, however soon", async () => {
    const crowd = new Crowd();
    const backend = await crowd.startBackend();
    await start(crowd, backend, {});
    for (const member of await openAll(crowd)) crowd.end(member, "backend resets");
    await expectNothingBeforeRefusal(backend);
  });

  it("say nothing of it when they have lasted for early_close", async () => {
    const crowd = new Crowd();
    const backend = await crowd.startBackend();
    await start(crowd, backend, { early_close: "300ms" });
    const members = await openAll(crowd);
    await sleep(400);
    for (const [nth, member] of members.entries())
      crowd.end(member, nth % 2 === 0 ? "backend resets" : "backend closes");
    await expectNothingBeforeRefusal(backend);
  });

  it.each([
    ["backend resets", "reset after its 101"],
    ["backend closes", "closed after its 101"],
  ] as const)("before early_close is over, count: %s", async (how, reason) => {
    const crowd = new Crowd();
    const backend = await crowd.startBackend();
    await start(crowd, backend, { early_close: "1m" });
    await waitFor(async () => {
      crowd.end(await crowd.open(upstream), how);
      return told().length > 0;
    });
    expect(told()[0]).toMatchObject({
      to: "down",
      reason: expect.stringMatching(
        new RegExp(`^ejected for 30s: \\d+ failures in a row: ${reason}$`),
      ) as string,
    });
  });
});

it("a trial is passed by a session that lasts for early_close, and by no other", async () => {
  const crowd = new Crowd();
  const backend = await crowd.startBackend();
  const other = await crowd.startBackend();
  await start(crowd, backend, { early_close: "300ms", max_fails: 1, eject: "500ms" }, other.address);
  const words = (): string[] => told().map(({ to, reason }) => `${String(to)} ${String(reason)}`);
  const openUntil = async (last: string, then: (member: Member) => void): Promise<void> => {
    await waitFor(async () => {
      const before = backend.requestHeads.length;
      const member = await crowd.open(upstream);
      if (backend.requestHeads.length > before) then(member);
      else crowd.end(member, "client closes");
      return words().includes(last);
    });
  };
  await openUntil("down ejected for 1s: trial failed: reset after its 101", (member) =>
    crowd.end(member, "backend resets"),
  );
  const [first, ...rest] = words();
  expect(first).toMatch(/^down ejected for 500ms: .*reset after its 101$/);
  expect(rest).toEqual([
    "trial on trial after an ejection",
    "down ejected for 1s: trial failed: reset after its 101",
  ]);
  const before = backend.requestHeads.length;
  await openUntil("up trial passed", () => undefined);
  expect(words().slice(3)).toEqual(["trial on trial after an ejection", "up trial passed"]);
  expect(backend.requestHeads.length).toBeGreaterThan(before);
});

describe("before early_close is over, a session does not count", () => {
  it.each(["client closes", "client resets"] as const)("where the %s", async (how) => {
    const crowd = new Crowd();
    const backend = await crowd.startBackend();
    await start(crowd, backend, { early_close: "1m" });
    for (const member of await openAll(crowd)) crowd.end(member, how);
    await expectNothingBeforeRefusal(backend);
  });

  it("where the peer says goodbye", async () => {
    const crowd = new Crowd();
    const backend = await startRawBackend((socket) => {
      socket.write(SWITCHING);
      setTimeout(() => socket.end(Buffer.from(CLOSE, "latin1")), 20);
    });
    await start(crowd, backend, { early_close: "1m" });
    await openAll(crowd);
    await expectNothingBeforeRefusal(backend);
  });
});
