import type net from "node:net";
import type { Duplex } from "node:stream";
import { CLIENT_TOPIC } from "../../../src/cli/demo/rolling/message";
import { Talker } from "../../../src/cli/demo/rolling/talker";
import { NarrowConnection } from "./narrow-connection";

const BYTES_PER_SECOND = 10_000;
const ANSWER_BYTES = 2_000;
const TURN_MS = 100;

/**
 * A client that takes 10 kB each second, and has asked for more than the buffers on the way to it hold, so that its connection is always
 * full. To be connected where the gateway's buffers are small.
 */
export class SlowReader extends Talker {
  private connection: NarrowConnection | undefined;

  /** @param aheadBytes how much it has asked for and not read */
  constructor(
    url: string,
    private readonly aheadBytes: number,
  ) {
    super(url, "slow-reader", 0, {
      isDeflated: false,
      everyMs: TURN_MS,
      largestBytes: ANSWER_BYTES,
      pieces: 1,
      createConnection: (): net.Socket => {
        this.connection = new NarrowConnection(Number(new URL(url).port), BYTES_PER_SECOND);
        // Any duplex stream will do.
        return this.connection as Duplex as net.Socket;
      },
    });
  }

  override finish(): void {
    this.connection?.widen();
    super.finish();
  }

  protected override tick(): void {
    while (this.isOpen && this.ledger.unanswered * ANSWER_BYTES < this.aheadBytes)
      this.say(`${CLIENT_TOPIC.say} ${ANSWER_BYTES}`, 10);
  }
}
