import net from "node:net";
import { Duplex } from "node:stream";

const TURN_MS = 100;
const BUFFER_BYTES = 1_024;

/** A TCP connection that is read at a limited rate; what it has not read stays in the buffers of the kernel and of the other side. */
export class NarrowConnection extends Duplex {
  private readonly inner: net.Socket;
  private readonly timer: NodeJS.Timeout;
  private allowedBytes: number;
  private turnBytes: number;

  constructor(port: number, bytesPerSecond: number) {
    super();
    this.turnBytes = this.allowedBytes = (bytesPerSecond * TURN_MS) / 1000;
    const onread = {
      buffer: Buffer.alloc(BUFFER_BYTES),
      // The buffer is used again.
      callback: (bytes: number, buffer: Uint8Array): boolean =>
        this.deliver(Buffer.from(buffer.subarray(0, bytes))),
    };
    this.inner = net.connect({ port, host: "127.0.0.1", onread });
    this.inner.once("connect", () => this.emit("connect"));
    this.inner.once("end", () => this.push(null));
    this.inner.once("error", (error) => this.destroy(error));
    this.timer = setInterval(() => this.takeTurn(), TURN_MS);
  }

  /** From now on it reads whatever comes. */
  widen(): void {
    this.turnBytes = Infinity;
  }

  override _read(): void {
    // Its turns decide.
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.inner.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.inner.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.timer);
    this.inner.destroy();
    done(error);
  }

  /** @returns whether it reads on */
  private deliver(bytes: Buffer): boolean {
    this.push(bytes);
    this.allowedBytes -= bytes.length;
    return this.allowedBytes > 0;
  }

  private takeTurn(): void {
    this.allowedBytes = Math.min(this.allowedBytes + this.turnBytes, this.turnBytes);
    if (this.allowedBytes > 0) this.inner.resume();
  }
}
