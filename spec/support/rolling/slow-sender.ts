import { CLIENT_TOPIC } from "../../../src/cli/demo/rolling/message";
import { Talker } from "../../../src/cli/demo/rolling/talker";

const MESSAGE_BYTES = 10_000_000;
const PIECES = 40;

/** A client that is always in the middle of a message of 10 MB, in 40 frames. */
export class SlowSender extends Talker {
  private isFinishing = false;
  private isSaying = false;
  private finished = 0;

  /** @param everyMs between two of the frames */
  constructor(url: string, everyMs: number) {
    super(url, "slow-sender", 0, { isDeflated: false, everyMs, largestBytes: MESSAGE_BYTES, pieces: PIECES });
  }

  get isInMessage(): boolean {
    return this.isSaying;
  }

  /** Messages that it has sent to their end. */
  get messages(): number {
    return this.finished;
  }

  override get isSettled(): boolean {
    return super.isSettled && !this.isSaying;
  }

  override begin(): void {
    this.sayNext();
  }

  /** After the end of the message. */
  override finish(): void {
    this.isFinishing = true;
    if (!this.isSaying) super.finish();
  }

  private sayNext(): void {
    const { kind, data } = this.nextMessage(`${CLIENT_TOPIC.say} 10`, MESSAGE_BYTES);
    const bytes = Math.ceil(data.length / PIECES);
    let sent = 0;
    this.isSaying = true;
    const sayPiece = (): void => {
      if (!this.isOpen) return clearInterval(this.timer);
      const end = Math.min(sent + bytes, data.length);
      const isLast = end === data.length;
      this.socket.send(data.subarray(sent, end), { binary: kind === "binary", fin: isLast });
      sent = end;
      if (isLast) this.endMessage();
    };
    sayPiece();
    this.timer = setInterval(sayPiece, this.options.everyMs);
  }

  private endMessage(): void {
    clearInterval(this.timer);
    this.isSaying = false;
    this.finished += 1;
    if (this.isFinishing) super.finish();
    else this.sayNext();
  }
}
