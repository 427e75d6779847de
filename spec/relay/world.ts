import type { RelayConfig, RouteConfig } from "../../src/core/config/snapshot";
import { FrameScanner } from "../../src/core/frame/scanner";
import type { Peer } from "../../src/core/pool/peer";
import type { Clock } from "../../src/core/ports";
import type { CloseReason } from "../../src/core/session/session";
import { Limits } from "../../src/relay/limits";
import type { Host, Line } from "../../src/relay/line";
import { Liveness } from "../../src/relay/liveness";
import { Outlet, type Threads } from "../../src/relay/outlet";
import { DIAL, END, Relay, SWITCH } from "../../src/relay/relay";
import { Replay } from "../../src/relay/replay";
import { ToClient } from "../../src/relay/to-client";
import { ToPeer } from "../../src/relay/to-peer";
import { defaultRelay } from "../../src/core/config/fields/relay";
import { frame, KEY } from "../core/frame/frames";
import { seededRng } from "../core/support/seeded-rng";
import { hear, type Heard } from "./conversation";

const STEPS_AT_ONCE = 50;

export const RELAY: RelayConfig = { ...defaultRelay(), acceptRedirect: true, holdBytes: 60 };

const ROUTE = { onDrain: "move", onCrash: "move" } as unknown as RouteConfig;

const THREADS: Threads = {
  rest: () => undefined,
  flush: (outlet) => outlet.flush(),
};

/** What a far side has got. */
export class Inbox {
  text = "";
  fault = "";

  send(data: string | readonly string[]): LuaMultiReturn<[number, undefined?] | [undefined, string]> {
    if (this.fault !== "") return $multi(undefined, this.fault);
    const text = typeof data === "string" ? data : data.join("");
    this.text += text;
    return $multi(text.length);
  }
}

/** A connection to a peer, and what became of its slot. */
export interface WorldLine extends Line {
  readonly inbox: Inbox;
  releases: number;
  hasEndedSending: boolean;
  isCut: boolean;
}

/** Runs the machine of one session without sockets: a spec says what comes, and how the time goes. */
export class World implements Host {
  nowS = 1000;
  readonly relay: Relay;
  readonly client = new Inbox();
  readonly lines: WorldLine[] = [];
  readonly judged: CloseReason[] = [];
  isDialling = false;
  isAtEnd = false;
  failures = 0;
  refusals = 0;
  abandonments = 0;
  private isRung = true;

  constructor(config: Partial<RelayConfig> = {}, route: Partial<RouteConfig> = {}) {
    const relay: RelayConfig = { ...RELAY, ...config };
    const clock: Clock = { now: () => this.nowS };
    const rng = seededRng(7);
    const { pingIntervalMs, pongTimeoutMs } = relay;
    const liveness =
      pingIntervalMs === 0
        ? undefined
        : new Liveness({
            clock,
            rng,
            intervalS: pingIntervalMs / 1000,
            timeoutS: pongTimeoutMs / 1000,
            queuedToClient: () => 0,
            queuedToPeer: () => 0,
            roundTrip: () => undefined,
          });
    const isOwnPong = (payload: string): boolean => liveness?.takeClientPong(payload) === true;
    this.takePeerPong = (payload) => liveness?.takePeerPong(payload) === true;
    this.holdBytes = relay.holdBytes;
    this.relay = new Relay({
      plan: { route: { ...ROUTE, ...route }, config: relay, clock },
      host: this,
      toPeer: new ToPeer(new FrameScanner({ isMasked: true, reserved: 0, limits: relay }), isOwnPong),
      client: new Outlet(this.client, THREADS, 0),
      line: this.newLine(),
      liveness,
      replay: relay.replay > 0 ? new Replay(relay.replay, relay.replayBytes) : undefined,
      recorder: undefined,
      limits: Limits.are(relay) ? new Limits(relay, this.nowS, rng) : undefined,
    });
  }

  private readonly takePeerPong: (this: void, payload: string) => boolean;
  private readonly holdBytes: number;

  newLine(): WorldLine {
    const inbox = new Inbox();
    const { takePeerPong } = this;
    const line: WorldLine = {
      peer: { key: `p${this.lines.length}`, state: "ready", isRemoved: false } as unknown as Peer,
      outlet: new Outlet(inbox, THREADS, 0),
      toClient: new ToClient(new FrameScanner({ isMasked: false, reserved: 0 }), this.holdBytes, (payload) =>
        takePeerPong(payload),
      ),
      heardAtS: 0,
      beganWith: 0,
      isPassing: false,
      hasEnded: false,
      inbox,
      releases: 0,
      hasEndedSending: false,
      isCut: false,
    };
    this.lines.push(line);
    return line;
  }

  get line(): WorldLine {
    return this.relay.line as WorldLine;
  }

  wake(): void {
    this.isRung = true;
  }

  openGate(): void {
    // Whoever moves the world asks whether the client is paused.
  }

  endSending(line: Line): boolean {
    (line as WorldLine).hasEndedSending = true;
    return true;
  }

  cut(line: Line): void {
    (line as WorldLine).isCut = true;
  }

  drop(line: Line): void {
    (line as WorldLine).releases += 1;
  }

  abandon(): void {
    this.abandonments += 1;
  }

  judge(why: CloseReason): void {
    this.judged.push(why);
  }

  moved(): void {
    // `relay.moves` counts them.
  }

  refused(): void {
    this.refusals += 1;
  }

  moveFailed(): void {
    this.failures += 1;
  }

  mask(): number {
    return 0x12ab00fe;
  }

  /** Does what is due or was asked for. */
  settle(): void {
    for (let steps = 0; !this.isAtEnd && (this.isRung || this.relay.dueAtS <= this.nowS); steps += 1) {
      if (steps > STEPS_AT_ONCE) {
        expect(`at ${this.nowS}, due at ${this.relay.dueAtS}`).toBe("at rest");
        return;
      }
      this.isRung = false;
      const todo = this.relay.step();
      if (todo === DIAL) {
        this.isDialling = true;
        this.isRung = true;
      } else if (todo === SWITCH) {
        this.line.releases += 1;
        this.relay.switchOver();
        this.isRung = true;
      } else if (todo === END) this.end();
    }
    if (!this.isAtEnd) this.relay.isClientPaused();
  }

  private end(): void {
    this.isAtEnd = true;
    this.line.releases += 1;
    if (this.relay.next !== undefined) this.drop(this.relay.next);
  }

  /** Lets time go by, with all that is due in it. */
  pass(seconds: number): void {
    const untilS = this.nowS + seconds;
    this.settle();
    while (!this.isAtEnd && this.relay.dueAtS < untilS) {
      this.nowS = Math.max(this.nowS, this.relay.dueAtS);
      this.settle();
    }
    this.nowS = untilS;
    this.settle();
  }

  /** Another peer takes the session. */
  dialled(): WorldLine {
    this.isDialling = false;
    const line = this.newLine();
    if (!this.relay.takeNext(line)) this.drop(line);
    this.settle();
    return line;
  }

  notTaken(): void {
    this.isDialling = false;
    this.relay.giveUp("nobody takes it");
    this.settle();
  }

  fromClient(text: string): void {
    this.relay.fromClient(text);
    this.settle();
  }

  fromPeer(text: string, line = this.line): void {
    this.relay.fromPeer(line, text);
    this.settle();
  }

  peerEnds(how: "closed" | "reset" = "closed", line = this.line): void {
    this.relay.peerEnded(line, how);
    this.settle();
  }

  clientEnds(how: "closed" | "reset" = "closed"): void {
    this.relay.clientEnded(how);
    this.settle();
  }

  heardByClient(): Heard {
    return hear(this.client.text, false);
  }

  /** The Closes that a side got, as `code reason`. */
  closesToClient(): string[] {
    return closesIn(this.heardByClient());
  }

  closesToPeer(line = this.lines[0]!): string[] {
    return closesIn(hear(line.inbox.text, true));
  }
}

function closesIn({ controls }: Heard): string[] {
  const closes = controls.filter((control) => control.startsWith("8:"));
  return closes.map((control) =>
    control.length < 4
      ? "none"
      : `${control.charCodeAt(2) * 256 + control.charCodeAt(3)} ${control.substring(4)}`,
  );
}

export function toPeer(payload: string, first = 0x81): string {
  return frame({ first, payload, key: KEY });
}

export function toClient(payload: string, first = 0x81): string {
  return frame({ first, payload });
}

export function closePayload(code: number, reason = ""): string {
  return String.fromCharCode(Math.floor(code / 256), code % 256) + reason;
}
