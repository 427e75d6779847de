import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";
import dnsPacket from "dns-packet";
import type { Answer, DecodedPacket, Question } from "dns-packet";
import { onCleanup } from "./cleanup";

export type Transport = "udp" | "tcp";

/** What a question is answered with. */
export interface Reply {
  /** Those of the type asked for are sent, and every CNAME. */
  readonly records?: readonly Answer[];
  /** Response code; 0 if absent. */
  readonly rcode?: number;
  readonly isSilent?: boolean;
  /** Over UDP only the word that the answer is too long is sent, over TCP all of it. */
  readonly isTruncated?: boolean;
  /** Replaces what would be sent over UDP by any datagrams. */
  readonly forge?: (answer: Buffer) => readonly Buffer[];
  /** What is sent over UDP is sent again and again, until the server stops. */
  readonly repeatMs?: number;
}

export const SERVFAIL = 2;
export const NXDOMAIN = 3;
export const REFUSED = 5;

/** A and AAAA records of a name, by the look of each address. */
export function records(name: string, addresses: readonly string[], ttl = 60): Answer[] {
  return addresses.map((data) => ({ type: data.includes(":") ? "AAAA" : "A", name, ttl, data }));
}

interface Seen {
  readonly name: string;
  readonly type: string;
  readonly transport: Transport;
}

/**
 * A DNS server on a port of its own, over UDP and TCP. Names it was not told of do not exist. It stops at the end of the
 * test, or of the file if a `beforeAll` started it.
 */
export class DnsServer {
  private readonly replies = new Map<string, Reply>();
  private readonly connections = new Set<net.Socket>();
  private readonly repeats = new Set<NodeJS.Timeout>();
  private seen: Seen[] = [];
  private isStopped = false;

  private constructor(
    private readonly udp: dgram.Socket,
    private readonly tcp: net.Server,
    readonly host: string,
  ) {
    udp.on("message", (message, from) => this.receive(message, from));
    tcp.on("connection", (connection) => this.serve(connection));
  }

  /** @param port 0 for a free one */
  static async start(host = "127.0.0.1", port = 0): Promise<DnsServer> {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const udp = dgram.createSocket(host.includes(":") ? "udp6" : "udp4");
      udp.bind(port, host);
      await once(udp, "listening");
      const tcp = net.createServer();
      const isFree = await listens(tcp, udp.address().port, host);
      if (isFree) {
        const server = new DnsServer(udp, tcp, host);
        onCleanup(() => server.stop());
        return server;
      }
      udp.close();
    }
    throw new Error(`no port of ${host} is free for both UDP and TCP`);
  }

  get port(): number {
    return this.udp.address().port;
  }

  /** As it stands in a list of nameservers. */
  get address(): string {
    return this.host.includes(":") ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`;
  }

  /** The reply to questions for a name, or only to those of one type. */
  set(name: string, reply: Reply, type: "A" | "AAAA" | "" = ""): void {
    this.replies.set(`${name}/${type}`, reply);
  }

  /** The name has these addresses. */
  setAddresses(name: string, addresses: readonly string[], ttl?: number): void {
    this.set(name, { records: records(name, addresses, ttl) });
  }

  /** The questions for a name so far, e.g. `["A udp", "A tcp"]`, sorted. */
  questions(name: string): string[] {
    const own = this.seen.filter((question) => question.name === name);
    return own.map((question) => `${question.type} ${question.transport}`).sort();
  }

  forget(): void {
    this.seen = [];
  }

  async stop(): Promise<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    for (const repeat of this.repeats) clearInterval(repeat);
    for (const connection of this.connections) connection.destroy();
    this.udp.close();
    this.tcp.close();
    await Promise.all([once(this.udp, "close"), once(this.tcp, "close")]);
  }

  private receive(message: Buffer, from: dgram.RemoteInfo): void {
    const query = dnsPacket.decode(message);
    const datagrams = this.answer(query, "udp");
    const send = (): void => {
      for (const datagram of datagrams) this.udp.send(datagram, from.port, from.address);
    };
    send();
    const { repeatMs } = this.replyTo(query.questions?.[0]);
    if (repeatMs !== undefined) this.repeats.add(setInterval(send, repeatMs));
  }

  private replyTo(question: Question | undefined): Reply {
    if (question === undefined) return { isSilent: true };
    const name = question.name.toLowerCase();
    return (
      this.replies.get(`${name}/${question.type}`) ?? this.replies.get(`${name}/`) ?? { rcode: NXDOMAIN }
    );
  }

  private serve(connection: net.Socket): void {
    this.connections.add(connection);
    connection.on("close", () => this.connections.delete(connection));
    connection.on("error", () => connection.destroy());
    let received = Buffer.alloc(0);
    connection.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        for (const message of this.answer(dnsPacket.decode(received.subarray(2, end)), "tcp")) {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(message.length);
          connection.write(Buffer.concat([length, message]));
        }
        received = received.subarray(end);
      }
    });
  }

  private answer(query: DecodedPacket, transport: Transport): readonly Buffer[] {
    const question = query.questions?.[0];
    if (question === undefined) return [];
    this.seen.push({ name: question.name.toLowerCase(), type: question.type, transport });
    const reply = this.replyTo(question);
    if (reply.isSilent === true) return [];
    const message = encode(query, question, reply, transport);
    return transport === "udp" && reply.forge !== undefined ? reply.forge(message) : [message];
  }
}

function encode(query: DecodedPacket, question: Question, reply: Reply, transport: Transport): Buffer {
  const isCut = reply.isTruncated === true && transport === "udp";
  const wanted = (reply.records ?? []).filter(
    (record) => record.type === question.type || record.type === "CNAME",
  );
  return dnsPacket.encode({
    type: "response",
    id: query.id ?? 0,
    flags:
      dnsPacket.RECURSION_DESIRED |
      dnsPacket.RECURSION_AVAILABLE |
      (isCut ? dnsPacket.TRUNCATED_RESPONSE : 0) |
      (reply.rcode ?? 0),
    questions: [question],
    answers: isCut ? [] : wanted,
  });
}

async function listens(server: net.Server, port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    });
    server.listen(port, host, () => resolve(true));
  });
}
