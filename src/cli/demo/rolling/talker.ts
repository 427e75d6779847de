import { WebSocket } from "ws";
import type { ClientOptions } from "ws";
import { Failure } from "../../failure";
import { Ledger } from "./ledger";
import { CLIENT_TOPIC, encode, kindOf, sendInPieces, sizeOf } from "./message";
import type { Kind } from "./pattern";

export interface TalkerOptions {
  /** Offers permessage-deflate. */
  readonly isDeflated: boolean;
  readonly everyMs: number;
  readonly largestBytes: number;
  /** In how many frames it sends every fourth message. */
  readonly pieces: number;
  readonly mayCrash?: boolean;
  /** In place of a plain connection. */
  readonly createConnection?: ClientOptions["createConnection"];
}

export interface Closed {
  readonly client: string;
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

const OPEN_TIMEOUT_MS = 20_000;
/** Then it says nothing more until it is answered. */
const MAX_UNANSWERED = 40;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** A client that talks at a steady rate, in messages of all sizes, and keeps book of it. */
export class Talker {
  readonly ledger: Ledger;
  /** How its socket was closed by somebody else. */
  closed: Closed | undefined;
  private openSocket: WebSocket | undefined;
  protected timer: NodeJS.Timeout | undefined;
  private number = 0;
  private turn: number;
  private isEnding = false;

  constructor(
    private readonly url: string,
    /** A word. */
    readonly name: string,
    index: number,
    protected readonly options: TalkerOptions,
  ) {
    // Not all of them send their largest message at the same time.
    this.turn = 1 + index * 17;
    this.ledger = new Ledger(name, options.mayCrash);
  }

  /** Fails with the reason where there is no 101. */
  async open(): Promise<void> {
    const { isDeflated, createConnection } = this.options;
    const socket = new WebSocket(this.url, {
      ...(createConnection && { createConnection }),
      handshakeTimeout: OPEN_TIMEOUT_MS,
      perMessageDeflate: isDeflated && {
        threshold: 100,
        clientMaxWindowBits: 10,
        zlibDeflateOptions: { level: 1, memLevel: 2 },
      },
    });
    this.openSocket = socket;
    socket.on("message", (data: Buffer, isBinary) => this.ledger.take(data, isBinary));
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.on("error", (error) => reject(new Failure(`${this.name}: ${error.message}`)));
    });
    socket.addEventListener("close", ({ code, reason, wasClean }) => {
      clearInterval(this.timer);
      if (!this.isEnding) this.closed = { client: this.name, code, reason, wasClean };
    });
  }

  /** Whether nothing more is to come. */
  get isSettled(): boolean {
    return this.closed !== undefined || this.ledger.unanswered === 0;
  }

  begin(): void {
    this.timer = setInterval(() => this.tick(), this.options.everyMs);
  }

  /** Says what its backend answers as the last thing. */
  finish(): void {
    clearInterval(this.timer);
    if (this.isOpen) this.say(CLIENT_TOPIC.bye, 0);
  }

  /** Leaves, whatever is unanswered. */
  end(): void {
    this.isEnding = true;
    clearInterval(this.timer);
    this.openSocket?.close(1000);
  }

  /** Leaves at once. */
  drop(): void {
    this.isEnding = true;
    clearInterval(this.timer);
    this.openSocket?.terminate();
  }

  protected get isOpen(): boolean {
    return this.openSocket?.readyState === WebSocket.OPEN;
  }

  protected get socket(): WebSocket {
    if (this.openSocket === undefined) throw new Failure(`${this.name} is not connected`);
    return this.openSocket;
  }

  /** One more turn, unless it is to wait for answers first. */
  protected tick(): void {
    if (!this.isOpen || this.ledger.unanswered > MAX_UNANSWERED) return;
    this.turn += 1;
    const { largestBytes, pieces } = this.options;
    // The answer is long where the question is not.
    const answerBytes = sizeOf(this.turn + 100, largestBytes);
    const bytes = sizeOf(this.turn, largestBytes);
    this.say(`${CLIENT_TOPIC.say} ${answerBytes}`, bytes, this.turn % 4 === 0 ? pieces : 1);
    if (this.turn % 3 === 0) this.sayOneByte();
  }

  protected say(topic: string, bytes: number, pieces = 1): void {
    const { kind, data } = this.nextMessage(topic, bytes);
    sendInPieces(this.socket, kind, data, pieces);
  }

  protected nextMessage(topic: string, bytes: number): { readonly kind: Kind; readonly data: Buffer } {
    this.number += 1;
    const kind = kindOf(this.number);
    this.ledger.noteSent(`${this.number}`);
    return { kind, data: encode(kind, this.number, topic, bytes) };
  }

  /** Which has no room for a number. */
  private sayOneByte(): void {
    const letter = LETTERS[this.turn % LETTERS.length]!;
    this.ledger.noteSent(letter);
    this.socket.send(letter);
  }
}
