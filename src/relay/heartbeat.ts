import { pingFrame } from "../core/frame/build";
import type { Outlet } from "./outlet";

const MS_PER_S = 1000;

/** What is found of a side when a ping is due or was not answered. */
export const ALIVE = 0;
export const DEAD = 1;

/**
 * The gateway's own pings to one side of a session. A side is dead when it has answered none in time, and neither said nor took anything
 * since: pings stand in line behind what it is still reading.
 */
export class Heartbeat {
  /** When to look again, in seconds of the `Clock`. */
  nextAtS: number;
  /** Of the last ping that was answered; below 0: none was. */
  roundTripMs = -1;
  /** Messages that the side is known to have got: those sent before the last ping that it answered. */
  confirmed = 0;
  private mark = 0;
  private sentAtS = 0;
  private expected = "";
  private serial = 0;
  private heardAtS = 0;
  private queuedBytes = 0;

  /**
   * @param name begins its payloads, so that no pong of the application's own is taken for one of these
   * @param queued bytes that the far side has not acknowledged yet
   */
  constructor(
    private readonly name: string,
    private readonly intervalS: number,
    private readonly timeoutS: number,
    nowS: number,
    private readonly queued: (this: void) => number,
  ) {
    this.nextAtS = nowS + intervalS;
  }

  /** Something has come from the side. */
  hear(nowS: number): void {
    this.heardAtS = nowS;
  }

  /** @returns whether a pong with that payload answers the ping that is out */
  take(payload: string, nowS: number): boolean {
    if (this.expected === "" || payload !== this.expected) return payload.startsWith(this.name);
    this.expected = "";
    this.confirmed = this.mark;
    this.roundTripMs = Math.max(0, (nowS - this.sentAtS) * MS_PER_S);
    this.nextAtS = this.sentAtS + this.intervalS;
    return true;
  }

  /** Whether a ping is out. */
  isWaiting(): boolean {
    return this.expected !== "";
  }

  /** When `nextAtS` has come. @param sent messages sent to the side so far. @param mask for frames to a peer */
  beat(outlet: Outlet, nowS: number, sent: number, mask?: number): number {
    if (this.expected !== "") {
      // A ping stands in line behind a frame whose end the other side has not sent yet.
      if (outlet.isHeldUp() || !this.isSilent(nowS)) {
        this.nextAtS = nowS + this.timeoutS;
        return ALIVE;
      }
      return DEAD;
    }
    this.serial += 1;
    this.expected = this.name + this.serial.toString();
    this.sentAtS = nowS;
    this.mark = sent;
    this.queuedBytes = this.queued();
    this.nextAtS = nowS + this.timeoutS;
    outlet.add(pingFrame(this.expected, mask));
    return ALIVE;
  }

  private isSilent(nowS: number): boolean {
    const queued = this.queued();
    const hasTaken = queued < this.queuedBytes;
    this.queuedBytes = queued;
    return !hasTaken && this.heardAtS + this.timeoutS <= nowS;
  }
}

/** @returns milliseconds; absent: no ping was answered yet */
export function roundTripOf(heartbeat: { readonly roundTripMs: number } | undefined): number | undefined {
  return heartbeat === undefined || heartbeat.roundTripMs < 0 ? undefined : heartbeat.roundTripMs;
}
