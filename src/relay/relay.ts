import { closeSaid } from "../core/frame/close-code";
import type { RouteConfig } from "../core/config/snapshot";
import type { Peer } from "../core/pool/peer";
import type { MoveReason, Relayed, RelayView } from "../core/session/relayed";
import type { CloseReason } from "../core/session/session";
import { CLIENT_CODE, CLIENT_REASON } from "./codes";
import { dueAtS, judge, peerEnded } from "./due";
import * as end from "./end";
import type { FlightRecorder } from "./flight-recorder";
import type { Limits } from "./limits";
import type { Host, Line, SocketEnd } from "./line";
import type { Liveness } from "./liveness";
import * as going from "./move";
import { DRAINING, newMove, PAUSING, type Moving } from "./moving";
import type { Outlet } from "./outlet";
import type { RelayParts } from "./parts";
import type { Replay } from "./replay";
import {
  allowsMove,
  isEnding,
  type CloseWish,
  type Ending,
  type Plan,
  type RelayState,
  type Rest,
} from "./state";
import type { ToPeer } from "./to-peer";
import { fromPeers, viewOf, type Amount } from "./view";

/** What `step` asks for. */
export const WAIT = 0;
/** Another peer is to be found: `takeNext` or `giveUp` follows. */
export const DIAL = 1;
/** The line in use is done with, and its reader is to be stopped: `switchOver` follows. */
export const SWITCH = 2;
export const END = 3;

/** A peer that the session has been on for so long has taken it. */
const SETTLED_S = 1;

/**
 * One session in relay mode, between its client and its peer: what each says goes to the other, until one of them or the gateway ends it;
 * and it may change its peer meanwhile. Three threads run it: one reads from the client, one from the peer, and one calls `step`.
 * Only what sends waits; between two sends everything is as one of them left it.
 */
export class Relay implements RelayState, Relayed {
  readonly route: RouteConfig;
  readonly plan: Plan;
  readonly host: Host;
  readonly toPeer: ToPeer;
  readonly client: Outlet;
  readonly liveness?: Liveness;
  readonly replay?: Replay;
  readonly recorder?: FlightRecorder;
  readonly limits?: Limits;
  line: Line;
  next?: Line;
  moving?: Moving;
  rest?: Rest;
  ending?: Ending;
  closeWish?: CloseWish;
  declare isSendingToPeer: boolean;
  declare isOver: boolean;
  declare outcome: string;
  declare moves: number;
  declare movedAtS: number;
  declare crashes: number;
  declare unconfirmed: number;
  /** In how many seconds the client may be read again. */
  declare delayS: number;
  /** When `step` is due, in seconds of the `Clock`. */
  declare dueAtS: number;
  /** Of earlier peers. */
  private earlier?: Amount;

  /** Most sessions have no other: they stand here, and not in each session. */
  static {
    const { prototype } = Relay;
    prototype.isSendingToPeer = false;
    prototype.isOver = false;
    prototype.outcome = "";
    prototype.moves = 0;
    prototype.movedAtS = 0;
    prototype.crashes = 0;
    prototype.unconfirmed = 0;
    prototype.delayS = 0;
    prototype.dueAtS = 0;
  }

  constructor(parts: RelayParts) {
    this.route = parts.plan.route;
    this.plan = parts.plan;
    this.host = parts.host;
    this.toPeer = parts.toPeer;
    this.client = parts.client;
    this.line = parts.line;
    this.liveness = parts.liveness;
    this.replay = parts.replay;
    this.recorder = parts.recorder;
    this.limits = parts.limits;
  }

  isMoving(): boolean {
    return this.moving !== undefined;
  }

  canMove(why: MoveReason): boolean {
    return allowsMove(this.plan, why);
  }

  move(why: MoveReason, mustLeave: boolean, to?: Peer): boolean {
    if (isEnding(this) || !this.canMove(why)) return false;
    if (this.moving === undefined) {
      if (!mustLeave && to === undefined && going.isResting(this)) return false;
      this.moving = newMove(why, mustLeave, to);
      this.host.wake();
    } else if (mustLeave) this.moving.mustLeave = true;
    return true;
  }

  close(why: CloseReason, code = CLIENT_CODE[why], reason = CLIENT_REASON[why]): boolean {
    return end.wishClose(this, why, code, reason);
  }

  abandon(): void {
    this.host.abandon();
  }

  /** How much to read from the client at once. @param most where nothing slows it down */
  readBytes(most: number): number {
    return this.limits === undefined ? most : this.limits.readBytes(most, this.toPeer.scanner.left);
  }

  /** What has come from the client goes to the peer, unless the session is on its way to another. */
  fromClient(chunk: string): void {
    const { toPeer, liveness, limits } = this;
    // Behind a Close, or where it broke the protocol, nothing of it counts.
    if (toPeer.close !== undefined || toPeer.fault !== undefined) return;
    liveness?.client.hear(this.plan.clock.now());
    const before = toPeer.messages();
    const data = toPeer.take(chunk);
    if (data !== "") this.give(data);
    if (limits !== undefined) this.limit(limits, toPeer.messages() - before, chunk.length);
    this.lookAtClient();
  }

  /** Gives what was kept if it may go on by now. @returns whether nothing more is to be read from the client */
  isClientPaused(): boolean {
    const { toPeer } = this;
    if (toPeer.kept !== "" && !toPeer.cuts) {
      this.give(toPeer.takeKept());
      this.lookAtClient();
    }
    return toPeer.kept !== "";
  }

  clientEnded(how: SocketEnd): void {
    end.clientEnded(this, how);
  }

  /** What has come from a peer goes to the client. @returns whether to read on */
  fromPeer(line: Line, chunk: string): boolean {
    const { client, limits, plan } = this;
    const { toClient } = line;
    // It is given up: another peer speaks now, or is about to.
    if (line.hasEnded) return false;
    this.liveness?.peer.hear(plan.clock.now());
    const before = toClient.messages();
    const data = toClient.take(chunk);
    if (data !== "") {
      const beganAtS = plan.clock.now();
      line.isPassing = true;
      client.pass(data, true);
      line.isPassing = false;
      // That a client is slow is not its peer's fault.
      this.liveness?.peer.hear(plan.clock.now());
      if (this.moving?.phase === DRAINING) this.moving.deadlineS += plan.clock.now() - beganAtS;
    }
    if (this.moving !== undefined) line.heardAtS = plan.clock.now();
    if (toClient.messages() !== before) {
      if (this.crashes > 0) this.forgetCrashes();
      limits?.noteMessage(plan.clock.now());
    }
    return this.lookAtPeer(line);
  }

  /** Its connection is over. */
  peerEnded(line: Line, how: SocketEnd): void {
    if (line === this.line && !line.hasEnded) peerEnded(this, how);
  }

  takeNext(line: Line): boolean {
    return going.takeNext(this, line);
  }

  giveUp(reason: string): void {
    going.giveUp(this, reason);
  }

  switchOver(): void {
    this.earlier = fromPeers(this.line, this.earlier);
    going.switchOver(this);
  }

  /** Does what is due now. @returns what the caller is to do, and then to call it again unless it is `WAIT`, which holds until `dueAtS` */
  step(): number {
    const nowS = this.plan.clock.now();
    if (this.closeWish !== undefined) end.tryClose(this);
    if (this.ending === undefined) {
      judge(this, nowS);
      const step = going.stepMove(this, nowS);
      if (step !== undefined) return step.dials ? DIAL : SWITCH;
    }
    this.dueAtS = dueAtS(this, nowS);
    return this.isOver ? END : WAIT;
  }

  describe(): RelayView {
    return viewOf(this, this.earlier);
  }

  /** A peer that greets and breaks off, again and again, has not worked. */
  private forgetCrashes(): void {
    if (this.plan.clock.now() >= this.movedAtS + SETTLED_S) this.crashes = 0;
  }

  private give(data: string): void {
    const { line, toPeer, liveness, replay } = this;
    if (replay !== undefined && !replay.isComplete) replay.record(data, toPeer.givenMessages);
    this.isSendingToPeer = true;
    line.outlet.pass(data, toPeer.isWhole);
    this.isSendingToPeer = false;
    // Nobody has read from the client meanwhile.
    liveness?.client.hear(this.plan.clock.now());
    if (line.outlet.fault === "" || line !== this.line || this.ending !== undefined) return;
    // Whoever reads from the peer will see its end. Until then nothing more is given to it.
    toPeer.cuts = true;
    if (line.outlet.fault === "timeout") this.host.cut(line);
  }

  private limit(limits: Limits, messages: number, bytes: number): void {
    const nowS = this.plan.clock.now();
    if (messages > 0) limits.noteMessage(nowS);
    this.delayS = limits.take(messages, bytes, nowS);
    if (this.delayS === 0 || this.plan.config.onExcess === "delay") return;
    this.delayS = 0;
    if (this.close("too_many")) this.host.refused("client", CLIENT_CODE.too_many);
  }

  private lookAtClient(): void {
    const { toPeer, moving } = this;
    if (toPeer.fault !== undefined) end.clientFault(this, toPeer.fault);
    else if (toPeer.close !== undefined) this.lookAtClose(toPeer.close);
    else if (moving !== undefined) {
      if (moving.phase === PAUSING) going.tryDrain(this);
      else this.host.wake();
    }
  }

  /** The client wants to end. Its Close goes to whom it belongs to, who may be the next peer. */
  private lookAtClose(payload: string): void {
    const { moving, toPeer } = this;
    if (toPeer.kept !== "") {
      if (moving === undefined || moving.isOrphan || moving.phase >= DRAINING) return;
      end.endMove(this);
      this.give(toPeer.takeKept());
    } else if (moving !== undefined && (moving.isOrphan || moving.phase >= DRAINING)) return;
    end.clientClosed(this, closeSaid(payload));
  }

  private lookAtPeer(line: Line): boolean {
    const { toClient } = line;
    if (this.client.fault !== "") {
      end.clientEnded(this, "reset");
      return false;
    }
    if (toClient.fault !== undefined) {
      end.peerFault(this, toClient.fault);
      return false;
    }
    if (toClient.close !== undefined) {
      this.peerClosed(line, toClient.close);
      return false;
    }
    if (this.closeWish !== undefined) end.tryClose(this);
    else if (this.moving !== undefined) going.tryDrain(this);
    return !this.isOver;
  }

  private peerClosed(line: Line, payload: string): void {
    const said = closeSaid(payload);
    line.hasEnded = true;
    if (this.moving?.phase === DRAINING) going.oldDone(this);
    else if (this.ending !== undefined || !going.redirect(this, said, payload)) end.peerClosed(this, said);
  }
}
