import type { Backend, BackendOptions } from "./backend";
import { connect } from "./client";
import type { Client, ConnectOptions } from "./client";
import type { Gateway } from "./gateway";
import { startNamedBackend } from "./worker-probe";

const AT_ONCE = 25;

/** Backends of one upstream, each under its name as the id of its peer. */
export class Fleet {
  constructor(readonly backends: Readonly<Record<string, Backend>>) {}

  get names(): string[] {
    return Object.keys(this.backends);
  }

  /** @param fields further ones, by the id of the peer */
  peers(fields: Readonly<Record<string, object>> = {}): object[] {
    return this.names.map((id) => ({ id, address: this.backends[id]!.address, ...fields[id] }));
  }

  /** Open sockets, as the backends themselves count them. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.names.map((id) => [id, this.backends[id]!.connections.size]));
  }

  total(): number {
    return Object.values(this.counts()).reduce((sum, count) => sum + count, 0);
  }

  /** Between the backend with the most sockets and the one with the fewest. */
  difference(): number {
    const counts = Object.values(this.counts());
    return Math.max(...counts) - Math.min(...counts);
  }
}

export async function startFleet(names: readonly string[], options?: BackendOptions): Promise<Fleet> {
  const started = await Promise.all(
    names.map(async (name) => [name, await startNamedBackend(name, options)] as const),
  );
  return new Fleet(Object.fromEntries(started));
}

/** Opens sockets, a few at a time. */
export async function openMany(
  gateway: Gateway,
  count: number,
  target = "/",
  options?: ConnectOptions,
): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) {
    const batch = Math.min(AT_ONCE, count - clients.length);
    clients.push(
      ...(await Promise.all(Array.from({ length: batch }, () => connect(gateway.url(target), options)))),
    );
  }
  return clients;
}

/** The backend that a client is connected with. */
export function backendOf(client: Client): string {
  return String(client.response.headers["backend"]);
}

/** The worker that holds it, where the location names it. */
export function workerOf(client: Client): number {
  return Number(client.response.headers["worker"]);
}

export async function closeMany(clients: readonly Client[]): Promise<void> {
  await Promise.all(clients.map((client) => client.close()));
}
