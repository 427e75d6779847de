import type { ProbeTask } from "../../core/health/probe-task";

/** Read at a time. */
const READ_BYTES = 16 * 1024;
/** A cosocket takes no shorter timeout, and 0 stands for the one of nginx.conf. */
const SHORTEST_MS = 1;

/** What became of a connect: `undefined` if it is there, else why not, and whether that is this process's own trouble. */
export type Connected = LuaMultiReturn<[reason: string | undefined, isOwnTrouble: boolean]>;

/**
 * The connection of one probe. Each step has a deadline of its own, however many reads it takes: a peer that sends byte after
 * byte does not prolong it.
 */
export class ProbeConnection {
  private readonly timeoutMs: number;
  private stepEndsS = 0;
  private hasRead = false;
  private isShortened = false;

  private constructor(
    private readonly socket: NgxTcpSocket,
    task: ProbeTask,
  ) {
    this.timeoutMs = Math.max(SHORTEST_MS, task.config.timeoutMs);
    socket.settimeout(this.timeoutMs);
  }

  static create(task: ProbeTask): ProbeConnection | undefined {
    const [socket] = ngx.socket.tcp();
    return socket === undefined ? undefined : new ProbeConnection(socket, task);
  }

  connect(task: ProbeTask): Connected {
    const { socket } = this;
    const [isThere, err] = task.port === 0 ? socket.connect(task.host) : socket.connect(task.host, task.port);
    if (isThere === undefined) return $multi(connectReason(err), isOwnTrouble(err));
    if (task.tls === undefined) return $multi(undefined, false);
    const [isSafe, tlsErr] = socket.sslhandshake(false, task.tls.serverName, true);
    if (isSafe === true) return $multi(this.isThere() ? undefined : REFUSED_AT_ONCE, false);
    return $multi(tlsReason(tlsErr ?? "handshake failed"), false);
  }

  private isThere(): boolean {
    const [times] = this.socket.getreusedtimes();
    return times !== undefined;
  }

  /** A step begins: sends what it has to say, and has `timeout` from now on. @returns why it could not */
  begin(data: string): string | undefined {
    this.stepEndsS = ngx.now() + this.timeoutMs / 1000;
    this.hasRead = false;
    if (this.isShortened) this.socket.settimeout(this.timeoutMs);
    this.isShortened = false;
    const [sent, err] = this.socket.send(data);
    return sent === undefined ? err : undefined;
  }

  /** What is there, as soon as there is something; `timeout` when the step has had its time. */
  read(): LuaMultiReturn<[chunk: string, err?: undefined] | [chunk: undefined, err: string]> {
    if (this.hasRead) {
      const leftMs = Math.min((this.stepEndsS - ngx.now()) * 1000, this.timeoutMs);
      if (leftMs < SHORTEST_MS) return $multi(undefined, "timeout");
      this.socket.settimeout(leftMs);
      this.isShortened = true;
    }
    this.hasRead = true;
    const [chunk, err] = this.socket.receiveany(READ_BYTES);
    if (chunk === undefined) return $multi(undefined, err ?? "closed");
    return $multi(chunk);
  }

  close(): void {
    this.socket.close();
  }
}

function connectReason(err: string): string {
  if (err === "timeout") return "connect timeout";
  return err === "connection refused" ? "connect refused" : `connect: ${err}`;
}

/** No socket, no free connection in nginx, no free port: it says nothing about the peer. */
function isOwnTrouble(err: string): boolean {
  return (
    err === "connect peer error" || err === "no live connection" || err.includes("assign requested address")
  );
}

/**
 * Of a handshake that ends without a wait, lua-nginx-module (its pull request 2506) says that it went well and keeps for itself
 * what is wrong with the certificate; but it has closed the connection.
 */
const REFUSED_AT_ONCE = "tls: certificate not accepted";

/** As OpenSSL words it that it does not know who signed a certificate. */
const UNKNOWN_ISSUER = [
  "unable to get local issuer certificate",
  "unable to get issuer certificate",
  "unable to verify the first certificate",
];

function tlsReason(err: string): string {
  if (err === "timeout") return "tls: handshake timeout";
  // A number of OpenSSL stands before its words.
  const colon = err.indexOf(": ");
  const words = colon === -1 ? err : err.substring(colon + 2);
  if (!UNKNOWN_ISSUER.includes(words)) return `tls: ${words}`;
  return `tls: ${words} (its CA is not in lua_ssl_trusted_certificate)`;
}
