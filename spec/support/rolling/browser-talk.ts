import type { Page } from "playwright-core";
import { Ledger } from "../../../src/cli/demo/rolling/ledger";
import { CLIENT_TOPIC, encode, kindOf, sizeOf } from "../../../src/cli/demo/rolling/message";

const LARGEST_BYTES = 100_000;
const MESSAGES = 2_000;

interface PageMessage {
  readonly isBinary: boolean;
  /** One character for each byte. */
  readonly bytes: string;
}

/** What the page has. */
interface PageTalk {
  readonly socket: WebSocket;
  sent: number;
  readonly received: PageMessage[];
  readonly closes: { readonly code: number; readonly reason: string; readonly wasClean: boolean }[];
  readonly errors: number[];
  timer: ReturnType<typeof setInterval>;
}

declare global {
  // Of the page alone.
  var talk: PageTalk;
}

/** A page that opens one WebSocket and talks; its book is kept here. */
export class BrowserTalk {
  readonly ledger = new Ledger("browser");
  private readonly messages: readonly PageMessage[];

  private constructor(private readonly page: Page) {
    this.messages = Array.from({ length: MESSAGES }, (_, at) => messageOf(at + 1));
  }

  static async begin(page: Page, url: string, everyMs: number): Promise<BrowserTalk> {
    const talk = new BrowserTalk(page);
    await page.evaluate(talkInPage, { url, everyMs, messages: talk.messages });
    return talk;
  }

  /** Whether the socket is open, how many messages came, and what was not as it must be. */
  look(): Promise<{ readyState: number; received: number; closes: object[]; errors: number }> {
    return this.page.evaluate(() => ({
      readyState: talk.socket.readyState,
      received: talk.received.length,
      closes: talk.closes,
      errors: talk.errors.length,
    }));
  }

  /** Says no more. */
  async stop(): Promise<void> {
    const sent = await this.page.evaluate(() => {
      clearInterval(talk.timer);
      return talk.sent;
    });
    for (let number = 1; number <= sent; number += 1) this.ledger.noteSent(`${number}`);
  }

  /** Enters what has come since the last time. */
  async read(): Promise<void> {
    const received = await this.page.evaluate(() => talk.received.splice(0));
    for (const { bytes, isBinary } of received) this.ledger.take(Buffer.from(bytes, "latin1"), isBinary);
  }
}

function messageOf(number: number): PageMessage {
  const kind = kindOf(number);
  const topic = `${CLIENT_TOPIC.say} ${sizeOf(number + 100, LARGEST_BYTES)}`;
  const data = encode(kind, number, topic, sizeOf(number, 2_000));
  return { isBinary: kind === "binary", bytes: data.toString("latin1") };
}

/** Runs in the page, and knows nothing of this file. */
function talkInPage(plan: { url: string; everyMs: number; messages: readonly PageMessage[] }): Promise<void> {
  const socket = new WebSocket(plan.url);
  socket.binaryType = "arraybuffer";
  const toText = (buffer: ArrayBuffer): string => {
    let text = "";
    for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
    return text;
  };
  const say = (): void => {
    const message = plan.messages[talk.sent];
    if (message === undefined) return;
    talk.sent += 1;
    const { bytes, isBinary } = message;
    socket.send(isBinary ? Uint8Array.from(bytes, (character) => character.charCodeAt(0)) : bytes);
  };
  globalThis.talk = {
    socket,
    sent: 0,
    received: [],
    closes: [],
    errors: [],
    timer: setInterval(() => socket.readyState === 1 && say(), plan.everyMs),
  };
  socket.onmessage = ({ data }) => {
    const isBinary = typeof data !== "string";
    talk.received.push({ isBinary, bytes: isBinary ? toText(data as ArrayBuffer) : data });
  };
  socket.onclose = ({ code, reason, wasClean }) => void talk.closes.push({ code, reason, wasClean });
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => {
      talk.errors.push(1);
      reject(new Error("the WebSocket did not open"));
    };
  });
}
