import type { Semaphore } from "ngx.semaphore";
import type { CompiledRoute } from "../../core/gateway/compiled-route";
import type { Peer } from "../../core/pool/peer";
import type { MoveReason } from "../../core/session/relayed";
import type { Side } from "../../core/session/relay-teller";
import type { CloseReason, Session } from "../../core/session/session";
import type { Host, Line } from "../../relay/line";
import { Outlet } from "../../relay/outlet";
import { DIAL, END, Relay, SWITCH } from "../../relay/relay";
import { Replay } from "../../relay/replay";
import { clientHandle, shutDown } from "../connection";
import { endSending } from "../send-queue";
import { gatewayInUse, workerInUse } from "../worker";
import { rng } from "../world";
import { newLimits, newLiveness, newRecorder, newToClient, newToPeer } from "./assemble";
import { howClientEnded } from "./client-gone";
import { delayClient } from "./delay-client";
import type { Dialled } from "./dial";
import type { Stream } from "./direct-socket";
import { Gate } from "./gate";
import { hasTls, newLine, threads, waitAsLongAs, type PeerLine } from "./line";
import { NextPeer } from "./next-peer";
import type { RoutePlan } from "./plan";

const READ_BYTES = 65_536;
const SHORTEST_S = 0.001;
const WORD_RANGE = 4_294_967_296;

/**
 * The threads of one session in relay mode, and its sockets. A cosocket belongs to its request, so all that is done with one is done
 * by these threads; others leave a wish and ring the bell.
 */
export class Run implements Host {
  readonly relay: Relay;
  private gate?: Gate;
  declare private isRung: boolean;
  declare private isClientSilent: boolean;
  declare private isPeerSilent: boolean;
  private peerThread?: NgxLightThread;
  private search?: NextPeer;
  private searchThread?: NgxLightThread;

  static {
    Run.prototype.isRung = false;
    Run.prototype.isClientSilent = false;
    Run.prototype.isPeerSilent = false;
  }

  constructor(
    private readonly session: Session,
    private readonly route: CompiledRoute,
    private readonly plan: RoutePlan,
    private readonly client: Stream,
    private readonly bell: Semaphore,
    dialled: Dialled,
    peer: Peer,
  ) {
    const { replay, replayBytes, pingIntervalMs } = plan.config;
    const recorder = newRecorder(plan);
    const liveness = pingIntervalMs === 0 ? undefined : newLiveness(plan, session, this);
    this.relay = new Relay({
      plan,
      host: this,
      recorder,
      liveness,
      toPeer: newToPeer(plan, dialled, recorder, liveness),
      client: new Outlet(client, threads, clientHandle(session.requestHandle)),
      line: newLine(peer, dialled, newToClient(plan, dialled, recorder, liveness), 0, hasTls(session)),
      replay: replay > 0 ? new Replay(replay, replayBytes) : undefined,
      limits: newLimits(plan),
    });
  }

  wake(): void {
    if (this.isRung) return;
    this.isRung = true;
    this.bell.post(1);
  }

  openGate(): void {
    this.gate?.open();
  }

  endSending(line: Line): boolean {
    return !hasTls(this.session) && endSending((line as PeerLine).handle);
  }

  cut(line: Line): void {
    shutDown((line as PeerLine).handle);
  }

  drop(line: Line): void {
    const { socket, slot } = line as PeerLine;
    socket.close();
    slot?.pool?.release(slot);
  }

  judge(why: CloseReason): void {
    this.session.verdict = why;
  }

  moved(from: Peer, to: Peer, why: MoveReason, pausedS: number, unconfirmed: number): void {
    workerInUse().relayTelling.moved(this.session, from, to, why, pausedS, unconfirmed);
  }

  moveFailed(from: Peer, why: MoveReason): void {
    workerInUse().relayTelling.moveFailed(this.session, from, why);
  }

  refused(side: Side, code: number): void {
    workerInUse().relayTelling.frameRefused(this.session, side, code);
  }

  abandon(): void {
    const { relay, search } = this;
    search?.giveBack();
    this.search = undefined;
    if (relay.next !== undefined) this.drop(relay.next);
    relay.next = undefined;
  }

  mask(): number {
    return rng.integer(WORD_RANGE) - 1;
  }

  /** Until the session is over. @param early what the peer has sent with its 101 */
  run(early: string): void {
    const { relay } = this;
    const clientThread = ngx.thread.spawn(readClient, this);
    this.peerThread = ngx.thread.spawn(readPeer, this, relay.line as PeerLine, early);
    this.serve();
    ngx.thread.kill(clientThread);
    ngx.thread.kill(this.peerThread);
    this.abandon();
    (relay.line as PeerLine).socket.close();
  }

  private serve(): void {
    const { relay, bell } = this;
    for (;;) {
      const todo = relay.step();
      if (todo === END) return;
      if (todo === DIAL) this.beginSearch();
      else if (todo === SWITCH) this.switchOver();
      else {
        bell.wait(Math.max(SHORTEST_S, relay.dueAtS - ngx.now()));
        this.isRung = false;
      }
    }
  }

  private beginSearch(): void {
    // One that has ended stays in memory until it is asked for, and a session may look for another peer again and again.
    if (this.searchThread !== undefined) ngx.thread.kill(this.searchThread);
    this.searchThread = ngx.thread.spawn(findNext, this);
  }

  private switchOver(): void {
    const { relay, session, peerThread } = this;
    const old = relay.line as PeerLine;
    const next = relay.next as PeerLine;
    if (peerThread !== undefined) ngx.thread.kill(peerThread);
    old.socket.close();
    session.pool?.release(session);
    session.peer = next.peer;
    session.hasSlot = next.slot?.hasSlot === true;
    session.upstreamHandle = next.handle;
    next.slot = undefined;
    gatewayInUse().sessions.changed.mark(session.place);
    relay.switchOver();
    this.isPeerSilent = false;
    this.peerThread = ngx.thread.spawn(readPeer, this, next, next.early);
  }

  /** Looks for the peer that the session moves to. */
  find(): void {
    const { relay, session, plan } = this;
    const { moving, recorder, liveness, toPeer } = relay;
    if (moving === undefined) return;
    const search = new NextPeer(gatewayInUse(), session, this.route);
    this.search = search;
    const from = session.peer?.key ?? "";
    const resume = `${session.id}; from=${from}; moves=${relay.moves + 1}`;
    const found = search.find(moving, relay.line as PeerLine, resume);
    this.search = undefined;
    if (found === undefined) {
      relay.giveUp("no other backend takes the session");
      return;
    }
    const { peer, dialled, slot } = found;
    if (slot.pool !== undefined) waitAsLongAs(slot.pool, dialled.socket);
    const toClient = newToClient(plan, dialled, recorder, liveness);
    const line = newLine(peer, dialled, toClient, toPeer.messages(), hasTls(session), slot);
    if (!relay.takeNext(line)) this.drop(line);
  }

  readClient(): void {
    const { client, relay } = this;
    for (;;) {
      const [chunk, err] = client.receiveany(relay.readBytes(READ_BYTES));
      if (chunk !== undefined) {
        if (this.isClientSilent) this.isClientSilent = false;
        relay.fromClient(chunk);
        if (relay.delayS > 0 && !delayClient(relay, this.session.requestHandle)) {
          relay.clientEnded("closed");
          return;
        }
      } else if (err === "timeout") {
        this.isClientSilent = true;
        this.noteSilence();
      } else {
        relay.clientEnded(howClientEnded(this.session.requestHandle, err));
        return;
      }
      while (relay.isClientPaused()) this.waitAtGate();
    }
  }

  readPeer(line: PeerLine, early: string): void {
    const { relay } = this;
    const { stream, toClient } = line;
    if (early !== "" && !relay.fromPeer(line, early)) return;
    for (;;) {
      const wanted = toClient.wanted();
      const [chunk, err] = stream.receiveany(wanted > 0 && wanted < READ_BYTES ? wanted : READ_BYTES);
      if (chunk !== undefined) {
        if (this.isPeerSilent) this.isPeerSilent = false;
        if (!relay.fromPeer(line, chunk)) return;
      } else if (err === "timeout") {
        this.isPeerSilent = true;
        this.noteSilence();
      } else {
        relay.peerEnded(line, err === "closed" ? "closed" : "reset");
        return;
      }
    }
  }

  private noteSilence(): void {
    if (this.isClientSilent && this.isPeerSilent) this.relay.close("idle_timeout");
  }

  private waitAtGate(): void {
    this.gate ??= new Gate();
    this.gate.wait();
  }

  tellRoundTrip(side: Side, ms: number): void {
    const { pool, peer } = this.session;
    workerInUse().relayTelling.roundTrip(this.session, side, ms);
    if (side === "peer" && pool !== undefined && peer !== undefined && pool.isObserving())
      pool.observe(peer, { kind: "ping", latencyMs: ms, isFailed: false });
  }
}

function readClient(this: void, run: Run): void {
  run.readClient();
}

function readPeer(this: void, run: Run, line: PeerLine, early: string): void {
  run.readPeer(line, early);
}

function findNext(this: void, run: Run): void {
  run.find();
}
