import type { RelayConfig, RouteConfig } from "../../src/core/config/snapshot";
import type { Rng } from "../../src/core/ports";
import { seededRng } from "../core/support/seeded-rng";
import { hear } from "./conversation";
import { closePayload, toClient, toPeer, World, type WorldLine } from "./world";

const CLOSE = 0x88;
/** Longer than all deadlines that can follow one another. */
const LONGEST_END_S = 150;
const SIZES = [1, 5, 40, 61, 90, 200];

export interface Chances {
  /** Of each event, one of so many; 0: never. */
  readonly crash: number;
  readonly redirect: number;
  readonly peerClose: number;
  readonly refuse: number;
  readonly config?: Partial<RelayConfig>;
  readonly route?: Partial<RouteConfig>;
}

/** A peer that has sent more than was read from it so far. */
interface SimPeer {
  readonly line: WorldLine;
  readonly life: number;
  /** 0: it answers a Close at once; more: after so many turns; below 0: never. */
  patience: number;
  unread: string;
  sent: number;
  hasClosed: boolean;
  isGone: boolean;
  isRead: boolean;
}

/** A session with peers and a client that say numbered messages, and what happens to them by chance. */
export class Simulation {
  readonly world: World;
  readonly rng: Rng;
  readonly peers: SimPeer[] = [];
  crashes = 0;
  redirects = 0;
  clientSent = 0;
  isClientOpen = true;
  private unread = "";

  constructor(
    seed: number,
    private readonly chances: Chances,
  ) {
    this.rng = seededRng(seed);
    this.world = new World(chances.config, chances.route);
  }

  private isBy(one: number): boolean {
    return one > 0 && this.rng.integer(one) === 1;
  }

  /** One message of a few frames, which says its number first. */
  private message(name: string, make: (payload: string, first: number) => string): string {
    const { rng } = this;
    const payload = name + ".".repeat(SIZES[rng.integer(SIZES.length) - 1]!);
    if (rng.integer(3) > 1) return make(payload, 0x81);
    const ping = rng.integer(2) === 1 ? make("app", 0x89) : "";
    return make(payload.substring(0, 9), 0x01) + ping + make(payload.substring(9), 0x80);
  }

  private peer(): SimPeer {
    const { line } = this.world;
    const known = this.peers[this.peers.length - 1];
    if (known?.line === line) return known;
    const patience = this.rng.integer(4) - 2;
    const peer: SimPeer = {
      line,
      life: this.peers.length,
      patience,
      unread: "",
      sent: 0,
      hasClosed: false,
      isGone: false,
      isRead: true,
    };
    this.peers.push(peer);
    return peer;
  }

  /** Something happens. */
  turn(): void {
    const { world, rng } = this;
    const peer = this.peer();
    const what = rng.integer(8);
    if (what <= 2) this.clientSpeaks();
    else if (what <= 4) this.peerSpeaks(peer);
    else if (what === 5) world.relay.move("drained", rng.integer(2) === 1);
    else if (what === 6 && world.isDialling) {
      if (this.isBy(this.chances.refuse)) world.notTaken();
      else world.dialled();
    } else if (what === 7) world.pass(rng.integer(3) / 2);
    world.settle();
    this.peerAnswers(this.peer());
    this.readFromPeer(this.peer());
    this.readFromClient();
  }

  private clientSpeaks(): void {
    this.unread += this.message(`c${this.clientSent},`, toPeer);
    this.clientSent += 1;
  }

  private peerSpeaks(peer: SimPeer): void {
    const { chances, rng } = this;
    if (peer.hasClosed || peer.isGone) return;
    if (this.isBy(chances.crash)) {
      peer.isGone = true;
      this.crashes += 1;
      peer.unread = peer.unread.substring(0, rng.integer(peer.unread.length + 1) - 1);
      peer.line.inbox.fault = "broken pipe";
    } else if (this.isBy(chances.redirect)) {
      this.redirects += 1;
      this.peerCloses(peer, closePayload(4300, "peer=other"));
    } else if (this.isBy(chances.peerClose)) this.peerCloses(peer, closePayload(4009));
    else {
      peer.unread += this.message(`s${peer.life}/${peer.sent},`, toClient);
      peer.sent += 1;
    }
  }

  private peerCloses(peer: SimPeer, payload: string): void {
    peer.hasClosed = true;
    peer.unread += toClient(payload, CLOSE);
  }

  private peerAnswers(peer: SimPeer): void {
    if (peer.isGone || peer.hasClosed || peer.patience < 0 || !peer.line.outlet.hasClosed) return;
    const hasClose = hear(peer.line.inbox.text, true).controls.some((control) => control.startsWith("8:"));
    if (!hasClose) return;
    if (peer.patience === 0) this.peerCloses(peer, closePayload(1001));
    peer.patience -= 1;
  }

  readFromPeer(peer: SimPeer): void {
    const { world, rng } = this;
    if (world.isAtEnd || world.line !== peer.line || !peer.isRead) return;
    const chunk = peer.unread.substring(0, rng.integer(rng.integer(400)));
    peer.unread = peer.unread.substring(chunk.length);
    if (chunk !== "") {
      peer.isRead = world.relay.fromPeer(peer.line, chunk);
      world.settle();
    } else if (peer.isGone) {
      peer.isRead = false;
      world.peerEnds("reset", peer.line);
    }
  }

  readFromClient(): void {
    const { world, rng } = this;
    if (world.isAtEnd || !this.isClientOpen || world.relay.isClientPaused()) return;
    const chunk = this.unread.substring(0, rng.integer(rng.integer(400)));
    this.unread = this.unread.substring(chunk.length);
    if (chunk !== "") world.fromClient(chunk);
  }

  /** What is under way comes to its end, with peers that find themselves another. */
  calm(): void {
    const { world } = this;
    for (let turns = 0; turns < 400 && !world.isAtEnd; turns += 1) {
      const peer = this.peer();
      if (world.isDialling) world.dialled();
      if (!peer.hasClosed && !peer.isGone) peer.patience = Math.max(peer.patience, 0);
      this.peerAnswers(peer);
      this.readFromPeer(this.peer());
      this.readFromClient();
      world.pass(0.05);
    }
  }

  /** The session is over soon after both sides have gone. */
  finish(): void {
    const { world } = this;
    const how = this.rng.integer(3);
    if (how === 1) this.unread += toPeer(closePayload(1000), CLOSE);
    else if (how === 2) world.relay.close("killed");
    const untilS = world.nowS + LONGEST_END_S;
    for (let turns = 0; !world.isAtEnd && world.nowS < untilS; turns += 1) {
      if (world.isDialling) {
        if (this.isBy(2)) world.dialled();
        else world.notTaken();
      }
      this.peerAnswers(this.peer());
      this.readFromPeer(this.peer());
      this.readFromClient();
      if (how === 3 && this.unread === "" && this.isClientOpen && !world.relay.isClientPaused()) {
        this.isClientOpen = false;
        world.clientEnds();
      }
      world.pass(turns < 100 ? 0.01 : 1);
    }
    expect(world.isAtEnd).toBe(true);
  }

  /** What the peers got, one after another. */
  got(): string[] {
    const got: string[] = [];
    for (const { inbox } of this.world.lines) {
      const { messages, fault } = hear(inbox.text, true);
      expect(fault).toBe("");
      for (const message of messages) got.push(nameOf(message));
    }
    return got;
  }

  clientGot(): string[] {
    const { messages, fault, isWhole, controls } = this.world.heardByClient();
    const closes = controls.filter((control) => control.startsWith("8:"));
    expect({ fault, isWhole, hasOneClose: closes.length < 2 }).toEqual({
      fault: "",
      isWhole: true,
      hasOneClose: true,
    });
    return messages.map((message) => nameOf(message));
  }

  clientWasTold(): string[] {
    const names: string[] = [];
    for (const { life, sent } of this.peers)
      for (let number = 0; number < sent; number += 1) names.push(`s${life}/${number}`);
    return names;
  }
}

/** Of `1:c17,....`: `c17`. */
function nameOf(message: string): string {
  return message.substring(2, message.indexOf(","));
}
