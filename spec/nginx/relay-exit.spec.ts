import { adminRequest } from "../support/admin-request";
import type { Client } from "../support/client";
import { upgraded } from "../support/half-websocket";
import { startRawBackend } from "../support/raw-backend";
import { sessionOf, startAnswering, startRelayStage, workerOf } from "../support/relay/stage";
import { waitFor } from "../support/wait-for";

const SESSIONS = 10;
const EXIT_SPREAD_MS = 1000;
const TEXT = 0x1;

/** Of a text, by a server. */
function firstFragment(text: string): Buffer {
  return Buffer.concat([Buffer.from([TEXT, text.length]), Buffer.from(text)]);
}

function lastFragment(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x80, text.length]), Buffer.from(text)]);
}

/** What a busy machine adds. */
const SLACK_MS = 10_000;

it("sessions of a worker that exits are closed with 1012 over the spread where their route says so, else go on and can be moved and closed", async () => {
  const [a, b] = [await startAnswering("a"), await startAnswering("b")];
  const half = await startRawBackend(
    upgraded(
      (socket, opcode) => {
        if (opcode === TEXT) socket.write(lastFragment("message"));
        else socket.end();
      },
      (socket) => socket.write(firstFragment("one ")),
    ),
  );
  const peers = { a: a.address, b: b.address };
  const stage = await startRelayStage({
    close: { peers, relay: { on_exit: "close", exit_spread: `${EXIT_SPREAD_MS}ms` } },
    halved: {
      peers: { a: half.address },
      relay: { on_exit: "close", exit_spread: "0s", move_timeout: "1m" },
    },
    stay: { peers },
  });
  const { gateway } = stage;
  const open = (group: string): Promise<Client[]> =>
    Promise.all(Array.from({ length: SESSIONS }, () => stage.connect(group)));
  const [leaving, staying] = [await open("close"), await open("stay")];
  const old = workerOf(staying[0]!);
  const closedAtMs: number[] = [];
  for (const { socket } of leaving) socket.once("close", () => closedAtMs.push(Date.now()));
  const hearing = await stage.connect("halved");
  const beganMs = Date.now();
  await gateway.reload();

  for (const client of leaving)
    expect(await client.nextClose(EXIT_SPREAD_MS + SLACK_MS)).toEqual({
      code: 1012,
      reason: "the gateway restarts",
    });
  expect(closedAtMs.at(-1)! - closedAtMs[0]!).toBeGreaterThan(EXIT_SPREAD_MS / 10);
  expect(closedAtMs.at(-1)! - beganMs).toBeLessThan(EXIT_SPREAD_MS + SLACK_MS);
  // Its peer is in the middle of a message, and goes on now.
  expect(hearing.isOpen).toBe(true);
  expect(await hearing.ask("go on")).toBe("one message");
  expect((await hearing.nextClose()).code).toBe(1012);
  for (const client of [...leaving, hearing]) expect(await stage.outcomeOf(client)).toBe("gateway:exiting");

  expect(gateway.exitingWorkerPids()).toEqual([old]);
  for (const client of staying) expect(await client.ask("1")).toMatch(/^[ab]: 1$/);
  await stage.drain("stay", "a");
  await stage.whenCounted("stay", { a: 0, b: SESSIONS });
  for (const client of staying) expect(await client.ask("2")).toBe("b: 2");
  const { status } = await adminRequest(gateway, "DELETE", `/v1/sessions/${sessionOf(staying[0]!)}`);
  expect(status).toBe(200);
  expect(await staying[0]!.nextClose()).toEqual({ code: 1008, reason: "closed by the operator" });
  // All others, as nobody else is there to take them.
  await stage.maint("stay", "b");
  for (const client of staying.slice(1)) expect((await client.nextClose()).code).toBe(1012);
  await waitFor(() => gateway.exitingWorkerPids().length === 0, { what: "the end of the old worker" });
});

it("sessions get a Close when nginx is told to quit, too", async () => {
  const a = await startAnswering("a");
  const stage = await startRelayStage({
    close: { peers: { a: a.address }, relay: { on_exit: "close", exit_spread: "0s" } },
  });
  const client = await stage.connect("close");
  stage.gateway.signal("SIGQUIT");
  expect(await client.nextClose()).toEqual({ code: 1012, reason: "the gateway restarts" });
  await waitFor(() => a.closes.length > 0, { what: "the Close of the peer" });
  expect(a.closes).toEqual([1001]);
});
