import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../../src/cli/package-root";
import { adminRequest } from "../admin-request";
import { Client, open } from "../client";
import { backendOf, openMany } from "../fleet";
import { startGateway } from "../gateway";
import type { Gateway, GatewayOptions } from "../gateway";
import { waitFor } from "../wait-for";
import { startFaultyBackend } from "./faulty-backend";
import type { FaultyBackend, FaultyBackendOptions } from "./faulty-backend";
import { HealthListener } from "./health-news";
import { NAME_TRIED } from "./visitors";

export const PEERS = 4;
export const CONNECT_TIMEOUT_MS = 500;
export const HANDSHAKE_TIMEOUT_MS = 1_000;
export const PROBE_INTERVAL_MS = 600;
/** What a busy machine adds to any of these times. */
export const BUSY_MS = 1_500;
/** The same where several processes have to do something, one after another. */
const BUSY_ALL_MS = 2_300;
/** A broken peer is down within so long, whatever it is that is broken. */
export const NOTICE_MS = 2 * PROBE_INTERVAL_MS + BUSY_ALL_MS;
/** For so long a count may be wrong after sessions have come and gone. */
export const COUNTS_MS = 2_000 + BUSY_MS;
/** A healed one serves again within so long. */
export const BACK_MS = 2 * PROBE_INTERVAL_MS + BUSY_ALL_MS;
export const PROBE_PATH = "/probe";
const FAST_INTERVAL_MS = 250;
const PROBE_TIMEOUT_MS = 500;
/** Of each backend. */
const RESIDENTS = 5;

/** What holds for the upstream of all these specs, but for what one says itself. */
export const POLICY = {
  // So that a peer that serves nobody gets its share all the same.
  balancer: "round_robin",
  connect_timeout: ms(CONNECT_TIMEOUT_MS),
  handshake_timeout: ms(HANDSHAKE_TIMEOUT_MS),
  health: {
    active: {
      path: PROBE_PATH,
      interval: ms(PROBE_INTERVAL_MS),
      fast_interval: ms(FAST_INTERVAL_MS),
      timeout: ms(PROBE_TIMEOUT_MS),
    },
    passive: { max_fails: 3, eject: "20s", early_close: "300ms" },
  },
} as const;

export function ms(count: number): string {
  return `${count}ms`;
}

/** A peer as the admin API shows it. */
interface PeerView {
  readonly id: string;
  readonly address: string;
  readonly health: "up" | "down";
  readonly health_reason: string;
  readonly removed: boolean;
  readonly active: number;
}

export interface StageOptions {
  readonly backend?: FaultyBackendOptions;
  /** Fields of the upstream beside those of the policy. */
  readonly upstream?: object;
  readonly gateway?: Partial<GatewayOptions>;
}

/** A gateway of two workers in front of four backends, and clients with open sockets on each of them. */
export class FaultStage {
  private constructor(
    readonly backends: readonly FaultyBackend[],
    readonly gateway: Gateway,
    readonly listener: HealthListener,
    /** Sockets that were open before anything broke. */
    readonly residents: readonly Client[],
  ) {}

  /** It lives as long as what starts it: a test, or the file. */
  static async start(options: StageOptions = {}): Promise<FaultStage> {
    const backends = await Promise.all(
      Array.from({ length: PEERS }, (_, index) =>
        startFaultyBackend({ ...options.backend, name: `b${index}` }),
      ),
    );
    const peers = backends.map(({ name, address }) => ({ id: name, address }));
    const config = configOf({ ...POLICY, peers, ...options.upstream });
    return FaultStage.behind(backends, { config, ...options.gateway });
  }

  /** With backends and a config that are given. */
  static async behind(backends: readonly FaultyBackend[], options: GatewayOptions): Promise<FaultStage> {
    const gateway = await startGateway({ workers: 2, locationExtra: NAME_TRIED, ...options });
    const listener = await HealthListener.start(gateway);
    await whenAllServe(gateway, backends);
    const residents = await openMany(gateway, PEERS * RESIDENTS);
    return new FaultStage(backends, gateway, listener, residents);
  }

  backend(index: number): FaultyBackend {
    return this.backends[index]!;
  }

  residentsOf(backend: FaultyBackend): readonly Client[] {
    return this.residents.filter((client) => backendOf(client) === backend.name);
  }

  async peer(id: string): Promise<PeerView> {
    const found = (await this.peers()).find((peer) => peer.id === id);
    if (found === undefined) throw new Error(`no peer ${id}`);
    return found;
  }

  async peers(): Promise<readonly PeerView[]> {
    const { json } = await adminRequest<{ peers: PeerView[] }>(this.gateway, "GET", "/v1/upstreams/chat");
    return json.peers;
  }

  /** Waits until each peer counts as many sessions as clients have open with it, and the backends, too, see no others. */
  async whenCountsAreReal(timeoutMs: number): Promise<void> {
    let seen = "";
    const areReal = async (): Promise<boolean> => {
      const counted = new Map((await this.peers()).map(({ address, active }) => [address, active]));
      const told = await Promise.all(this.backends.map((backend) => this.countsOf(backend, counted)));
      seen = JSON.stringify(told);
      return told.every(({ active, clients, webSockets }) => active === clients && webSockets === clients);
    };
    await waitFor(areReal, { timeoutMs, what: "the counts to be real" }).catch((error: Error) => {
      throw new Error(`${error.message}: ${seen}`);
    });
  }

  async whenActiveIs(id: string, count: number, timeoutMs: number): Promise<void> {
    const isSo = async (): Promise<boolean> => (await this.peer(id)).active === count;
    await waitFor(isSo, { timeoutMs, what: `${id} to count ${count} sessions` });
  }

  private async countsOf(
    backend: FaultyBackend,
    counted: ReadonlyMap<string, number>,
  ): Promise<{ name: string; active: number | undefined; clients: number; webSockets: number }> {
    const clients = this.residentsOf(backend).filter(({ isOpen }) => isOpen).length;
    // One that is dead has none.
    const { webSockets } = backend.isRunning ? await backend.open() : { webSockets: 0 };
    return { name: backend.name, active: counted.get(backend.address), clients, webSockets };
  }

  /** Lines of the gateway's own in the error log that are errors. */
  ownErrors(): string[] {
    return this.gateway
      .errorLog()
      .split("\n")
      .filter((line) => line.includes("[error]") && line.includes("[lua]"));
  }
}

export function configOf(chat: object, rest: object = {}): object {
  return { ...rest, upstreams: { chat }, routes: [{ id: "all", path: "/*", upstream: "chat" }] };
}

async function whenAllServe(gateway: Gateway, backends: readonly FaultyBackend[]): Promise<void> {
  const serving = new Set<string>();
  const haveAll = async (): Promise<boolean> => {
    const client = await open(gateway.url());
    // Names may not be resolved yet.
    if (!(client instanceof Client)) return false;
    serving.add(backendOf(client));
    await client.close();
    return serving.size === backends.length;
  };
  await waitFor(haveAll, { what: "every backend to serve" });
}

const SHIPPED_CA = "/etc/ssl/certs/ca-certificates.crt";

/** For `files`: the shipped snippets, those for handshakes and for probes, with the one change that their first lines ask for. */
export function trusting(caFile: string): Record<string, string> {
  const folder = path.join(PACKAGE_ROOT, "nginx/switchboard");
  const texts = readdirSync(folder).map(
    (name) => [name, readFileSync(path.join(folder, name), "utf8")] as const,
  );
  return Object.fromEntries(
    texts
      .filter(([, text]) => text.includes(SHIPPED_CA))
      .map(([name, text]) => [`conf/switchboard/${name}`, text.replaceAll(SHIPPED_CA, caFile)]),
  );
}
