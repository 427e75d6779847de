import { readFileSync } from "node:fs";
import { startBackend } from "../support/backend";
import { dictKeys, SHOW_KEYS } from "../support/dict-keys";
import { routedByName } from "../support/documents";
import type { EventStreamClient, StreamedEvent } from "../support/event-stream";
import { eventLocations, expectNoGap, openEvents, tellEvents } from "../support/events";
import { freePort } from "../support/free-port";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";

/** Events of a thousand bytes or so, of which a few hundred fill what a reader leaves unread. */
const BIG_BYTES = 700;

let gateway: Gateway;
/** Where the sockets have small buffers; behind one of them there is little patience. */
let narrowPort: number;
let impatientPort: number;

beforeAll(async () => {
  const backend = await startBackend();
  [narrowPort, impatientPort] = [await freePort(), await freePort()];
  gateway = await startGateway({
    config: routedByName({ chat: { peers: [{ address: backend.address }] } }),
    serverExtra: eventLocations("10s") + SHOW_KEYS,
    httpExtra: `
      server { listen 127.0.0.1:${narrowPort} sndbuf=16k; ${eventLocations("10s")} }
      server { listen 127.0.0.1:${impatientPort} sndbuf=16k; ${eventLocations("1s")} }`,
  });
});

function open(query = "", lastEventId = 0): Promise<EventStreamClient> {
  return openEvents(gateway.port, query, lastEventId);
}

/** Tells them in bites that a reader can follow, and waits until it has. */
async function tellTo(
  reader: EventStreamClient,
  bites: number,
  sizeBytes: (nth: number) => number,
): Promise<void> {
  for (let nth = 0; nth < bites; nth += 1) {
    const expected = reader.events.length + 500;
    await tellEvents(gateway, 500, sizeBytes(nth));
    await waitFor(() => reader.events.length === expected, { what: "the events" });
  }
}

it("gives every event once and in order to each of ten readers", async () => {
  const readers = await Promise.all(Array.from({ length: 10 }, () => open("?type=session")));
  expect(readers[0]!.headers).toMatchObject({
    "content-type": "text/event-stream",
    "cache-control": "no-store",
  });
  await tellEvents(gateway, 500);
  await tellEvents(gateway, 300);
  for (const reader of readers) {
    await waitFor(() => reader.events.length === 800, { what: "all events" });
    expectNoGap(reader.events);
  }
});

it("begins with the oldest event on request, and after an id where the reader left", async () => {
  const first = await open("?after=0&type=config");
  const { id } = await first.next(() => true);
  await tellEvents(gateway, 10);
  const second = await open("?type=session");
  await tellEvents(gateway, 3);
  await waitFor(() => second.events.length === 3);
  expectNoGap(second.events);
  for (const again of [await open(`?after=${second.events[0]!.id}`), await open("", second.events[0]!.id)]) {
    await waitFor(() => again.events.length === 2);
    expect(again.events).toEqual(second.events.slice(1));
  }
  expect(id).toBeLessThan(second.events[0]!.id);
});

it("is refused where its query says what there is not", async () => {
  await expect(open("?type=confg")).rejects.toThrow(
    /^400 [^]*"confg[^]*"bad_request"|^400 [^]*"bad_request"[^]*confg/,
  );
  await expect(open("?after=x")).rejects.toThrow(/^400 [^]*after/);
});

it("is open to 64 readers of a worker, and a reader that leaves makes room", async () => {
  const readers: EventStreamClient[] = [];
  const fill = async (): Promise<string> => {
    try {
      for (;;) readers.push(await open());
    } catch (error) {
      return String(error);
    }
  };
  expect(await fill()).toMatch(/503 [^]*"too_many_readers"/);
  // Those of the tests before may not have left yet.
  await waitFor(async () => {
    await fill();
    return readers.length === 64;
  });
  for (const reader of readers.splice(0)) reader.leave();
  await waitFor(async () => {
    await fill();
    return readers.length === 64;
  });
  for (const reader of readers) reader.leave();
  await waitFor(() => !isConnected(gateway.port), { what: "the end of all connections" });
});

it("leaves a reader behind that is too slow, with a note, and goes on for the others", async () => {
  const fast = await open("?type=session");
  const slow = await openEvents(narrowPort, "?type=session");
  slow.pause();
  await tellTo(fast, 6, () => BIG_BYTES);
  slow.resume();
  await slow.whenEnded();
  const note = slow.events.at(-1)!;
  const taken = slow.events.slice(0, -1);
  expect(note.type).toBe("dropped");
  expectNoGap(taken);
  const missed = Number(note.data["missed"]);
  expect(missed).toBeGreaterThan(0);
  expect(note.data["restarted"]).toBe(false);
  expect(note.id).toBe((taken.at(-1)?.id ?? fast.events[0]!.id - 1) + missed);

  // The store went on meanwhile. Whoever comes back to one that rests gets all that is left.
  const last = fast.events.at(-1)!.id;
  let from = slow.lastEventId;
  let again = await open("?type=session", from);
  const { type } = await again.next((event) => event.type === "dropped" || event.id === last);
  if (type === "dropped") {
    await again.whenEnded();
    from = again.lastEventId;
    again = await open("?type=session", from);
    await again.next(({ id }) => id === last);
  }
  expect(again.events[0]!.id).toBe(from + 1);
  expectNoGap(again.events);
  expectNoGap(fast.events);
});

it("is cut off from a reader that takes nothing for too long", async () => {
  const stuck = await openEvents(impatientPort, "?type=session");
  stuck.pause();
  // More than fits between the two, and less than is kept.
  await tellEvents(gateway, 900, BIG_BYTES);
  expect(isConnected(impatientPort)).toBe(true);
  await waitFor(() => !isConnected(impatientPort), { timeoutMs: 15_000, what: "the end of the connection" });
});

it("needs no more memory and no more keys for ten thousand events than for two thousand", async () => {
  const reader = await open("?type=session");
  const sizeBytes = (nth: number): number => 1 + ((nth * 97) % 400);
  await tellTo(reader, 4, sizeBytes);
  const [worker] = gateway.workerPids();
  const before = memoryKb(worker!);
  await tellTo(reader, 20, sizeBytes);
  // What Lua has not collected yet comes and goes.
  expect(memoryKb(worker!) - before).toBeLessThan(3_000);
  expectNoGap(reader.events);
  expect((await dictKeys(gateway)).filter((key) => key.includes(":event:"))).toHaveLength(1000);
});

it("ends when its worker exits, and who comes back has missed nothing", async () => {
  const reader = await open();
  await tellEvents(gateway, 5);
  await waitFor(() => reader.ofType("session").length === 5);
  const [old] = gateway.workerPids();
  await gateway.reload();
  await tellEvents(gateway, 5);
  await reader.whenEnded();
  expect(reader.comments.at(-1)).toBe("this worker exits");
  await waitFor(() => !gateway.exitingWorkerPids().includes(old!), { what: "the exit of the worker" });
  await tellEvents(gateway, 5);
  const next = await open("", reader.lastEventId);
  const all = (): StreamedEvent[] => [...reader.events, ...next.events];
  await waitFor(() => all().filter(({ type }) => type === "session").length === 15, { what: "all events" });
  expectNoGap(all());
});

it("says after a restart that there was one", async () => {
  const lost = await open("?type=session", 12);
  await lost.whenEnded();
  expect(lost.events).toMatchObject([{ type: "dropped", data: { restarted: true } }]);
});

/** Whether nginx has a connection on that port, which its client may have closed: states 01 and 08 of tcp(7). */
function isConnected(port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
  return lines.some((line) => {
    const [, address, , state] = line.trim().split(/\s+/);
    return address === local && (state === "01" || state === "08");
  });
}

function memoryKb(pid: number): number {
  const found = /^Pss_Anon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  return Number(found![1]);
}
