import type { RelayConfig } from "../core/config/snapshot";
import type { Rng } from "../core/ports";
import { Rate } from "./rate";

const MS_PER_S = 1000;
/** Sessions that began together do not all end together: the last tenth of their age is by chance. */
const AGE_JITTER = 0.1;
const JITTER_STEPS = 1000;
/** Of a client that is slowed down: what it may send in a tenth of a second is read at once, but that much at least. */
const READ_STEP_S = 0.1;
const MIN_READ_BYTES = 128;
const SHORTEST_MESSAGE_BYTES = 6;

/** What one session may do in how much time. */
export class Limits {
  private readonly messages: Rate | undefined;
  private readonly bytes: Rate | undefined;
  private readonly silenceS: number;
  private readonly expiresAtS: number;
  /** How much is read at once behind the frame under way, and at all; `Infinity`: as much as comes. */
  private readonly aheadBytes: number = Infinity;
  private readonly mostBytes: number = Infinity;
  private lastMessageAtS: number;

  constructor(config: RelayConfig, nowS: number, rng: Rng) {
    const { messagesPerSecond, bytesPerSecond, messageTimeoutMs, maxAgeMs, onExcess } = config;
    if (onExcess === "delay") {
      if (messagesPerSecond > 0) this.aheadBytes = readStep(messagesPerSecond * SHORTEST_MESSAGE_BYTES);
      if (bytesPerSecond > 0) this.mostBytes = readStep(bytesPerSecond);
    }
    if (messagesPerSecond > 0) this.messages = new Rate(messagesPerSecond, nowS);
    if (bytesPerSecond > 0) this.bytes = new Rate(bytesPerSecond, nowS);
    this.silenceS = messageTimeoutMs === 0 ? Infinity : messageTimeoutMs / MS_PER_S;
    const jitter = 1 - (AGE_JITTER * (rng.integer(JITTER_STEPS) - 1)) / JITTER_STEPS;
    this.expiresAtS = maxAgeMs === 0 ? Infinity : nowS + (maxAgeMs / MS_PER_S) * jitter;
    this.lastMessageAtS = nowS;
  }

  /** Whether any of it is limited. */
  static are({ messagesPerSecond, bytesPerSecond, messageTimeoutMs, maxAgeMs }: RelayConfig): boolean {
    return messagesPerSecond > 0 || bytesPerSecond > 0 || messageTimeoutMs > 0 || maxAgeMs > 0;
  }

  /** The client has sent so much. @returns for how many seconds nothing more is to be read; 0: it is within its limits */
  take(messages: number, bytes: number, nowS: number): number {
    const forMessagesS = this.messages?.take(messages, nowS) ?? 0;
    const forBytesS = this.bytes?.take(bytes, nowS) ?? 0;
    return Math.max(forMessagesS, forBytesS);
  }

  /**
   * How much to read from the client at once. What has come goes on, and what is too much is paid for by not reading; so where a client is
   * slowed down it is read in small pieces.
   * @param most otherwise
   * @param left bytes that end the frame under way
   */
  readBytes(most: number, left: number): number {
    return Math.min(most, left + this.aheadBytes, this.mostBytes);
  }

  /** A message of either side has ended. */
  noteMessage(nowS: number): void {
    this.lastMessageAtS = nowS;
  }

  /** Why the session is to end now. */
  judge(nowS: number): "max_age" | "idle_timeout" | undefined {
    if (nowS >= this.expiresAtS) return "max_age";
    return nowS >= this.lastMessageAtS + this.silenceS ? "idle_timeout" : undefined;
  }

  /** When to ask again. */
  dueAtS(): number {
    return Math.min(this.expiresAtS, this.lastMessageAtS + this.silenceS);
  }
}

function readStep(bytesPerSecond: number): number {
  return Math.max(MIN_READ_BYTES, Math.floor(bytesPerSecond * READ_STEP_S));
}
