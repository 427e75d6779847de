import { endOfMessages } from "./message-end";

/** The first messages of a client, for protocols that begin with a hello: they are said again to each peer it is moved to. */
export class Replay {
  /** They are all here, or too large to be kept. */
  isComplete = false;
  private text = "";

  constructor(
    private readonly messages: number,
    private readonly limitBytes: number,
  ) {}

  /** What a peer was given, from the client's first byte on until it is complete. @param messages that have ended so far */
  record(data: string, messages: number): void {
    this.text += data;
    if (messages >= this.messages) {
      this.text = this.get();
      this.isComplete = true;
    }
    if (this.text.length <= this.limitBytes) return;
    this.text = "";
    this.isComplete = true;
  }

  /** What follows does not belong to what came last. */
  breakOff(): void {
    this.text = this.get();
  }

  /** Those that are here whole, as they came; `""` for none. */
  get(): string {
    return this.text.substring(0, endOfMessages(this.text, 0, this.messages));
  }
}
