import net from "node:net";
import { handshakeRequest, HEAD_END, isAccepted } from "./web-socket";
import type { Client } from "./web-socket";

const TIMEOUT_MS = 30_000;

/** A client's side of a WebSocket over a bare TCP connection. */
export class ClientSocket {
  private onBytes: (chunk: Buffer) => void = () => undefined;
  private onFailure: (error: Error) => void = () => undefined;

  private constructor(private readonly socket: net.Socket) {
    socket.setTimeout(TIMEOUT_MS, () => this.onFailure(new Error(`nothing came for ${TIMEOUT_MS / 1000} s`)));
    socket.on("data", (chunk) => this.onBytes(chunk));
    socket.on("error", (error) => this.onFailure(error));
    socket.on("close", () => this.onFailure(new Error("the connection was closed")));
  }

  /** Resolves when the handshake was answered by a 101 with the right Accept; rejects on anything else. */
  static open(port: number, path: string, kind: Client = "program"): Promise<ClientSocket> {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    const client = new ClientSocket(socket);
    let head = "";
    const opened = new Promise<ClientSocket>((resolve, reject) => {
      client.onFailure = reject;
      client.onBytes = (chunk) => {
        head += chunk.toString("latin1");
        const end = head.indexOf(HEAD_END);
        if (end < 0) return;
        if (!isAccepted(head.slice(0, end + HEAD_END.length))) {
          reject(new Error(`no 101 but ${head.slice(0, head.indexOf("\r\n"))}`));
          return;
        }
        // What follows the head at once is for whoever listens next.
        socket.pause();
        if (end + HEAD_END.length < head.length)
          socket.unshift(Buffer.from(head.slice(end + HEAD_END.length), "latin1"));
        resolve(client);
      };
    });
    socket.write(handshakeRequest(port, path, kind));
    return opened;
  }

  /** Sends the frame; resolves when exactly these bytes have come back. */
  exchange(frame: Buffer, expected: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      let received = 0;
      this.onFailure = reject;
      this.onBytes = (chunk) => {
        const end = received + chunk.length;
        if (end > expected.length || !chunk.equals(expected.subarray(received, end)))
          reject(new Error("an echo differs from what was sent"));
        received = end;
        if (received === expected.length) resolve();
      };
      this.socket.resume();
      this.socket.write(frame);
    });
  }

  /** Resolves when so many bytes have come. */
  receive(byteCount: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let received = 0;
      this.onFailure = reject;
      this.onBytes = (chunk) => {
        received += chunk.length;
        if (received > byteCount) reject(new Error("more came than was sent"));
        if (received === byteCount) resolve();
      };
      this.socket.resume();
    });
  }

  close(): void {
    this.onFailure = () => undefined;
    this.socket.end();
    this.socket.resume();
  }
}
