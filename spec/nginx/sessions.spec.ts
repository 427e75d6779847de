import type { Socket } from "node:net";
import type { ListedSession } from "../../src/core/listing/page";
import { totalCount } from "../support/admin-calls";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import type { Gateway, GatewayOptions } from "../support/gateway";
import { startGateway } from "../support/gateway";
import {
  closeSession,
  closeSessions,
  countSessionKeys,
  freeSpace,
  listSessions,
  SESSION_CALLS,
} from "../support/session-calls";
import { whileStopped } from "../support/stop-process";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER, startNamedBackend } from "../support/worker-probe";

const NAME_SESSION = "add_header Session $switchboard_session always;";

let addresses: Record<string, string>;

beforeAll(async () => {
  const [a, b] = [await startNamedBackend("a"), await startNamedBackend("b")];
  addresses = { a: a.address, b: b.address };
});

async function start(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const gateway = await startGateway({
    config: {
      upstreams: {
        chat: { peers: [{ id: "a", address: addresses["a"] }] },
        news: { peers: [{ id: "b", address: addresses["b"] }] },
      },
      routes: [
        { id: "chat", path: "/chat", upstream: "chat" },
        { id: "also-chat", path: "/also", upstream: "chat" },
        { id: "news", path: "/news", upstream: "news" },
      ],
    },
    workers: 2,
    locationExtra: NAME_WORKER + NAME_SESSION,
    serverExtra: SESSION_CALLS,
    ...options,
  });
  await allWorkers(gateway);
  return gateway;
}

/** For the tests that leave its workers alone. */
let lasting: Gateway;

beforeAll(async () => {
  lasting = await start();
});

/** It, without a session. */
async function emptied(): Promise<Gateway> {
  await whenListed(lasting, []);
  await waitFor(async () => (await totalCount(lasting)) === 0, { what: "no session" });
  return lasting;
}

function workerOf({ response }: Client): number {
  return Number(response.headers["worker"]);
}

function idOf({ response }: Client): string {
  return String(response.headers["session"]);
}

/** At least so many sockets, some in every worker. */
async function connectToAll(gateway: Gateway, path: string, atLeast = 6): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < atLeast || new Set(clients.map(workerOf)).size < 2) {
    clients.push(await connect(gateway.url(path)));
  }
  return clients;
}

function ids(of: readonly Client[]): string[] {
  return of.map(idOf).sort();
}

/** Waits until the list has exactly these. */
async function whenListed(gateway: Gateway, clients: readonly Client[]): Promise<ListedSession[]> {
  let found: ListedSession[] = [];
  await waitFor(
    async () => {
      found = await listSessions(gateway);
      return JSON.stringify(found.map(({ id }) => id).sort()) === JSON.stringify(ids(clients));
    },
    { what: `a list of ${clients.length} sessions`, timeoutMs: 10_000 },
  );
  return found;
}

async function whenClosed(clients: readonly Client[]): Promise<void> {
  await waitFor(() => clients.every(({ isOpen }) => !isOpen), { what: "the end of the sockets" });
}

function outcomes(gateway: Gateway, session: string): string[] {
  return gateway
    .accessLog()
    .filter((line) => line.includes(`"session":"${session}"`))
    .map((line) => (JSON.parse(line) as { outcome: string }).outcome);
}

describe("the list of open sessions", () => {
  it("has each session of every worker once, with who, where, since when and how much", async () => {
    const gateway = await emptied();
    const before = Date.now();
    const clients = await connectToAll(gateway, "/chat");
    const listed = await whenListed(gateway, clients);
    for (const client of clients) {
      const session = listed.find(({ id }) => id === idOf(client))!;
      const socket = (client.socket as unknown as { _socket: Socket })._socket;
      expect(session).toMatchObject({
        client: `127.0.0.1:${socket.localPort}`,
        route: "chat",
        upstream: "chat",
        peer: "a",
        worker: workerOf(client),
      });
      const startMs = Date.parse(session.start);
      expect(session.start).toBe(new Date(startMs).toISOString());
      expect(startMs).toBeGreaterThan(before - 1_000);
      expect(startMs).toBeLessThanOrEqual(Date.now() + 100);
    }
  });

  it("tells the bytes of both directions, and they grow", async () => {
    const gateway = await emptied();
    const [busy, idle] = [await connect(gateway.url("/chat")), await connect(gateway.url("/chat"))];
    const find = async (client: Client) =>
      (await listSessions(gateway)).find(({ id }) => id === idOf(client));
    const text = "x".repeat(1_000);
    await whenListed(gateway, [busy, idle]);
    const quiet = await find(idle);
    expect(quiet!.bytes_to_client).toBeGreaterThan(100);
    expect(quiet!.bytes_to_peer).toBeGreaterThan(100);
    for (let round = 1; round <= 2; round += 1) {
      await busy.ask(text);
      await waitFor(
        async () => {
          const { bytes_to_client: toClient, bytes_to_peer: toPeer } = (await find(busy))!;
          return toClient! > 1_000 * round && toPeer! > 1_000 * round && toPeer! < 1_000 * (round + 1);
        },
        { what: `the bytes of round ${round}` },
      );
    }
    expect(await find(idle)).toEqual(quiet);
  });

  it("is filtered by upstream, peer and route, and comes in pages", async () => {
    const gateway = await emptied();
    const chat = await connectToAll(gateway, "/chat");
    const also = await connectToAll(gateway, "/also");
    const news = await connectToAll(gateway, "/news");
    await whenListed(gateway, [...chat, ...also, ...news]);
    const filtered = async (filter: Parameters<typeof listSessions>[1], limit?: number) =>
      (await listSessions(gateway, filter, limit)).map(({ id }) => id).sort();
    expect(await filtered({ upstream: "chat" })).toEqual(ids([...chat, ...also]));
    expect(await filtered({ upstream: "chat" }, 2)).toEqual(ids([...chat, ...also]));
    expect(await filtered({ upstream: "chat", route: "also-chat" }, 1)).toEqual(ids(also));
    expect(await filtered({ peer: "b" }, 3)).toEqual(ids(news));
    expect(await filtered({ peer: "b", upstream: "chat" })).toEqual([]);
    expect(await filtered({ peer: "c" })).toEqual([]);
    expect(await filtered({}, 1)).toEqual(ids([...chat, ...also, ...news]));
    await expect(filtered({ after: "nonsense" } as object)).rejects.toThrow("400");
  });

  it("keeps the sessions of old workers after a reload, and forgets those that close", async () => {
    const gateway = await start();
    const old = await connectToAll(gateway, "/chat");
    await whenListed(gateway, old);
    await gateway.reload();
    await allWorkers(gateway);
    const later = await connectToAll(gateway, "/chat");
    const listed = await whenListed(gateway, [...old, ...later]);
    expect(new Set(listed.map(({ worker }) => worker)).size).toBe(4);
    await Promise.all(old.slice(1).map((client) => client.close()));
    await whenListed(gateway, [old[0]!, ...later]);
    await old[0]!.close();
    await whenListed(gateway, later);
    await waitFor(() => gateway.exitingWorkerPids().length === 0, { what: "the old workers to exit" });
    await whenListed(gateway, later);
    await Promise.all(later.map((client) => client.close()));
    await waitFor(async () => (await countSessionKeys(gateway)) === 0, { what: "an empty dict" });
  });

  it("loses the part of a worker that is killed, and its place goes to another", async () => {
    const gateway = await start({ allowedErrors: [/worker process \d+ exited on signal 9/] });
    const clients = await connectToAll(gateway, "/chat");
    await whenListed(gateway, clients);
    const victim = workerOf(clients[0]!);
    process.kill(victim, "SIGKILL");
    const left = clients.filter((client) => workerOf(client) !== victim);
    await whenListed(gateway, left);
    await whenClosed(clients.filter((client) => workerOf(client) === victim));
    await waitFor(() => !gateway.workerPids().includes(victim));
    await allWorkers(gateway);
    const later = await connectToAll(gateway, "/news");
    await whenListed(gateway, [...left, ...later]);
    await Promise.all([...left, ...later].map((client) => client.close()));
    await waitFor(async () => (await countSessionKeys(gateway)) === 0, { what: "an empty dict" });
  });

  it("takes no more than 256 bytes of the dict for a session", async () => {
    const gateway = await emptied();
    const room = await freeSpace(gateway);
    const clients = await Promise.all(Array.from({ length: 300 }, () => connect(gateway.url("/chat"))));
    await waitFor(async () => (await listSessions(gateway, {}, 1_000)).length === clients.length, {
      what: "the list of all",
    });
    expect((room - (await freeSpace(gateway))) / clients.length).toBeLessThanOrEqual(256);
  });
});

describe("closing sessions", () => {
  it("ends one by its id, whichever worker is asked", async () => {
    const gateway = await emptied();
    const clients = await connectToAll(gateway, "/chat");
    for (const client of clients.slice(0, 3)) {
      expect(await closeSession(gateway, idOf(client))).toMatchObject({ closed: 1 });
      expect(await client.nextClose()).toEqual({ code: 1006, reason: "" });
      await waitFor(() => outcomes(gateway, idOf(client)).length > 0, { what: "the log entry" });
      expect(outcomes(gateway, idOf(client))).toEqual(["gateway:killed"]);
    }
    await whenListed(gateway, clients.slice(3));
    expect(await closeSession(gateway, idOf(clients[0]!))).toMatchObject({ closed: 0, unanswered: 0 });
    expect(await closeSession(gateway, "no-such-session")).toMatchObject({ closed: 0, unanswered: 0 });
    await waitFor(async () => (await totalCount(gateway)) === clients.length - 3, { what: "the counts" });
    for (const client of clients.slice(3)) await client.ask("still there");
  });

  it("ends those of a filter in all workers, old ones too, and no other", async () => {
    const gateway = await start();
    const old = await connectToAll(gateway, "/chat");
    const news = await connectToAll(gateway, "/news");
    await gateway.reload();
    await allWorkers(gateway);
    const later = await connectToAll(gateway, "/chat");
    expect(await closeSessions(gateway, { upstream: "chat", peer: "a" })).toMatchObject({
      closed: old.length + later.length,
      unanswered: 0,
    });
    await whenClosed([...old, ...later]);
    const next = await connect(gateway.url("/chat"));
    await whenListed(gateway, [...news, next]);
    for (const client of [...news, next]) await client.ask("still there");
  });

  it("tells how many processes have not answered, and those do it when they go on", async () => {
    const gateway = await emptied();
    const clients = await connectToAll(gateway, "/chat");
    await whenListed(gateway, clients);
    const stopped = workerOf(clients[0]!);
    const there = clients.filter((client) => workerOf(client) !== stopped);
    // With a queue of its own for each worker, a call may wait in that of the one that is stopped.
    const ask = () =>
      Promise.race([
        closeSessions(gateway, { route: "chat" }),
        new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 2_000).unref()),
      ]);
    const answer = await whileStopped(stopped, () => waitFor(ask, { what: "an answer", timeoutMs: 25_000 }));
    expect(answer).toMatchObject({ closed: there.length, unanswered: 1 });
    await whenClosed(clients);
  });
});
