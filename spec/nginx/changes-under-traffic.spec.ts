import { setTimeout as sleep } from "node:timers/promises";
import { countsOf } from "../support/admin-calls";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import { Conversation } from "../support/conversation";
import { dictKeys, publishedGeneration, SHOW_KEYS } from "../support/dict-keys";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";
import { NAME_WORKER, probe, startNamedBackend, waitUntilLive } from "../support/worker-probe";
import type { Probe } from "../support/worker-probe";

const CHANGES = 200;
const BETWEEN_CHANGES_MS = 20;
const BETWEEN_HANDSHAKES_MS = 10;

/** Handshakes at a steady rate, however long each takes, until the work is done. */
async function handshakesDuring(gateway: Gateway, work: Promise<void>): Promise<Probe[]> {
  const started: Promise<Probe>[] = [];
  let isDone = false;
  const end = (): void => void (isDone = true);
  work.then(end, end);
  while (!isDone) {
    started.push(probe(gateway));
    await sleep(BETWEEN_HANDSHAKES_MS);
  }
  await work;
  return Promise.all(started);
}

describe("200 changes in quick succession", () => {
  const names = ["a", "b", "c"];
  let addresses: string[];
  let gateway: Gateway;

  beforeAll(async () => {
    const backends = await Promise.all(names.map((name) => startNamedBackend(name)));
    addresses = backends.map(({ address }) => address);
    gateway = await startGateway({
      config: { upstreams: { chat: chatOf([0]) }, routes: [ALL] },
      workers: 2,
      locationExtra: NAME_WORKER,
      serverExtra: SHOW_KEYS,
    });
  });

  const ALL = { id: "all", path: "/*", upstream: "chat" };

  function chatOf(peers: readonly number[], round = 0): object {
    return {
      peers: peers.map((peer) => ({
        id: names[peer],
        address: addresses[peer],
        weight: 1 + ((round + peer) % 4),
      })),
    };
  }

  /** One to three peers that come, go and change their weights; upstreams and routes that come and go. */
  function documentOf(round: number): object {
    const peers = [0, 1, 2].filter((peer) => (round + peer) % 3 !== 0 || (round + peer) % 2 !== 0);
    return {
      upstreams: { chat: chatOf(peers, round), [`other${round % 5}`]: chatOf([round % 3], round) },
      routes: [ALL, { id: `route${round}`, path: `/${round % 7}`, upstream: `other${round % 5}` }],
    };
  }

  /** All keys but those that may come while peer a, its upstream and its route are there. */
  async function lastingKeys(): Promise<string[]> {
    return (await dictKeys(gateway)).filter((key) => !isOwned(key)).map(withoutGeneration);
  }

  async function writeAll(): Promise<void> {
    for (let round = 0; round < CHANGES; round += 1) {
      gateway.writeConfig(documentOf(round), { atomic: round % 10 !== 0 });
      await sleep(BETWEEN_CHANGES_MS);
    }
  }

  it("fail no handshake, close no socket, leave nothing behind, and the last one is live", async () => {
    await waitUntilLive(gateway, "a");
    const keysBefore = (await lastingKeys()).join("\n");
    const generationBefore = await publishedGeneration(gateway);

    const clients = await Promise.all(Array.from({ length: 10 }, () => connect(gateway.url())));
    const conversation = new Conversation(clients);
    const answers = await handshakesDuring(gateway, writeAll());
    expect(answers.filter(({ status }) => status !== 101)).toEqual([]);
    expect(new Set(answers.map(({ backend }) => backend))).toEqual(new Set(names));
    // Changes that follow each other more quickly than the file is looked at are taken together.
    expect(await publishedGeneration(gateway)).toBeGreaterThan(generationBefore + 5);

    gateway.writeConfig({ upstreams: { chat: chatOf([2]) }, routes: [ALL] });
    await waitUntilLive(gateway, "c");
    gateway.writeConfig({ upstreams: { chat: chatOf([0]) }, routes: [ALL] });
    await waitUntilLive(gateway, "a");
    await conversation.end();
    await closeAll(clients);
    await waitFor(async () => (await countsOf(gateway, "chat"))["a"] === 0, { what: "no session" });
    await waitFor(async () => (await lastingKeys()).join("\n") === keysBefore, { what: "the keys before" });
  });
});

describe("a peer that changes its address and then leaves, with a socket open all the while", () => {
  it("leaves nothing behind when the socket closes", async () => {
    const [a, b] = [await startNamedBackend("a"), await startNamedBackend("b")];
    const chat = (...peers: readonly object[]): object => ({
      upstreams: { chat: { peers } },
      routes: [{ id: "all", path: "/*", upstream: "chat" }],
    });
    const gateway = await startGateway({
      config: chat({ id: "moving", address: a.address }),
      locationExtra: NAME_WORKER,
      serverExtra: SHOW_KEYS,
    });
    const client = await connect(gateway.url());
    gateway.writeConfig(chat({ id: "moving", address: b.address }));
    await waitUntilLive(gateway, "b");
    gateway.writeConfig(chat({ id: "staying", address: a.address }));
    await waitUntilLive(gateway, "a");
    const keysOfPeer = async (): Promise<string[]> =>
      (await dictKeys(gateway)).filter((key) => key.endsWith(":moving"));
    expect(await keysOfPeer()).toHaveLength(2);
    await client.close();
    await waitFor(async () => (await keysOfPeer()).length === 0, { what: "no key of the peer" });
  });
});

async function closeAll(clients: readonly Client[]): Promise<void> {
  await Promise.all(clients.map((client) => client.close()));
}

/** Keys that end with what they belong to, which may be there at the end. */
const OWNED = [
  // One of the events that are kept.
  /^1:event:\d+$/,
  // The leader's turn to publish, and which of two texts is current.
  /^1:publisher$/,
  /^1:layers(:[12])?$/,
  // A worker's.
  /^1:listing:[12]$/,
  // Counters of what the first and the last config have.
  /^1:(share:[\d.]+|total|m):(chat:a|@route:all|@upstream:chat)(:|$)/,
];

function isOwned(key: string): boolean {
  return OWNED.some((pattern) => pattern.test(key));
}

/** Parts of the config carry the generation that wrote them. */
function withoutGeneration(key: string): string {
  return key.replace(/^(\d+:(?:manifest|directory|upstream|peers|routes|document):.*?):?[\d.]+$/, "$1");
}
