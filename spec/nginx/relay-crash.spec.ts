import type net from "node:net";
import { whenNothingIsCounted } from "../support/admin";
import { serverFrame, upgraded } from "../support/half-websocket";
import { readMetrics } from "../support/metrics";
import { startRawBackend } from "../support/raw-backend";
import { startChildBackend } from "../support/relay/child-backend";
import type { ChildBackend } from "../support/relay/child-backend";
import { sessionOf, startAnswering, startRelayStage } from "../support/relay/stage";
import type { NamedBackend, RelayStage } from "../support/relay/stage";
import { waitFor } from "../support/wait-for";

const HOLD_BYTES = 4096;
const BINARY = 0x2;
const EXTENDED_LENGTH = 126;
const FINAL = 0x80;

let stage: RelayStage;
let other: NamedBackend;
let mortal: ChildBackend;
let stoppable: ChildBackend;
/** What the raw backend got of messages, as opcodes and texts. */
const heard: string[] = [];

/** The head of a message of so many bytes, in one frame. */
function headOf(bytes: number): Buffer {
  const head = Buffer.from([FINAL | BINARY, EXTENDED_LENGTH, 0, 0]);
  head.writeUInt16BE(bytes, 2);
  return head;
}

/** Told `part SENT OF ALL`, it says so much of a message and resets the connection; told `reset`, it does that alone. */
function breakOff(socket: net.Socket, opcode: number, payload: Buffer): void {
  const [word, sent, all] = String(payload).split(" ");
  heard.push(`${opcode} ${String(payload)}`);
  if (word === "part") {
    // What is before it reaches the client.
    const whole = serverFrame(BINARY, "whole");
    socket.write(Buffer.concat([whole, headOf(Number(all)), Buffer.alloc(Number(sent), 1)]), () =>
      // With a reset at once the other side would not get that.
      setTimeout(() => socket.resetAndDestroy(), 50),
    );
  } else if (word === "reset") socket.resetAndDestroy();
}

beforeAll(async () => {
  other = await startAnswering("b");
  [mortal, stoppable] = await Promise.all([startChildBackend("a"), startChildBackend("a")]);
  const raw = await startRawBackend(upgraded(breakOff));
  const [b, a] = [other.address, raw.address];
  const relay = { hold_bytes: HOLD_BYTES };
  const active = { type: "http", path: "/", interval: "300ms", timeout: "1s", rise: 1, fall: 1 };
  stage = await startRelayStage({
    killed: { peers: { a: mortal.address, b } },
    killed_close: { peers: { a: mortal.address, b }, route: { on_crash: "close" } },
    held: { peers: { a, b }, relay },
    streaming: { peers: { a, b }, relay },
    halved: { peers: { a, b } },
    pinged: {
      peers: { a: stoppable.address, b },
      relay: { ping_interval: "500ms", pong_timeout: "1500ms" },
    },
    probed: {
      peers: { a: stoppable.address, b },
      upstream: { health: { active, on_down: "close" } },
      relay: { close_timeout: "300ms" },
    },
  });
});

afterEach(() => whenNothingIsCounted(stage.gateway));

describe("a session whose peer", () => {
  it("is killed goes on with another, unless its route says close", async () => {
    const client = await stage.connect("killed");
    const closed = await stage.connect("killed_close");
    for (const each of [client, closed]) expect(await each.ask("1")).toBe("a: 1");
    mortal.signal("SIGKILL");
    expect(await closed.nextClose()).toEqual({ code: 1011, reason: "the backend is gone" });
    await stage.whenCounted("killed", { a: 0, b: 1 });
    expect(await client.ask("2")).toBe("b: 2");
    expect(other.requests.at(-1)!.headers["switchboard-resume"]).toBe(
      `${sessionOf(client)}; from=a; moves=1`,
    );
    await client.close();
  });

  it("breaks off in the middle of a frame that is held goes on, and its client gets nothing of that", async () => {
    const client = await stage.connect("held");
    const bytes: Buffer[] = [];
    client.socket.on("message", (data: Buffer) => bytes.push(data));
    client.send(`part ${HOLD_BYTES / 2} ${HOLD_BYTES}`);
    await stage.whenCounted("held", { a: 0, b: 1 });
    client.send("on");
    await waitFor(() => bytes.length === 2, { what: "the answer" });
    expect(bytes.map(String)).toEqual(["whole", "b: on"]);
    await client.close();
  });

  it("breaks off in the middle of a larger one is closed with 1012", async () => {
    const client = await stage.connect("streaming");
    client.send(`part ${HOLD_BYTES * 2} ${HOLD_BYTES * 4}`);
    expect(await client.nextMessage()).toBe("whole");
    expect((await client.nextClose()).code).toBe(1012);
    expect(await stage.outcomeOf(client)).toBe("upstream:reset");
  });

  it("breaks off in the middle of the client's message loses that alone, and it is counted", async () => {
    const client = await stage.connect("halved");
    client.socket.send("reset", { fin: false });
    await stage.whenCounted("halved", { a: 0, b: 1 });
    client.socket.send(", which is lost", { fin: true });
    expect(await client.ask("next")).toBe("b: next");
    expect(heard).toContain("1 reset");
    await client.close();
    const unconfirmed = async (): Promise<boolean> =>
      (await readMetrics(stage.gateway)).sum("switchboard_unconfirmed_messages_total", {
        upstream: "halved",
      }) === 1;
    await waitFor(unconfirmed, { what: "the lost message to be counted" });
  });

  it("hangs goes on with another, by its pings or by a health check", async () => {
    const [pinged, probed] = [await stage.connect("pinged"), await stage.connect("probed")];
    for (const each of [pinged, probed]) expect(await each.ask("1")).toBe("a: 1");
    stoppable.signal("SIGSTOP");
    await stage.whenCounted("pinged", { a: 0, b: 1 });
    await stage.whenCounted("probed", { a: 0, b: 1 });
    for (const each of [pinged, probed]) expect(await each.ask("2")).toBe("b: 2");
    for (const each of [pinged, probed]) await each.close();
  });
});
