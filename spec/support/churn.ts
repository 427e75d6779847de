import { setTimeout as sleep } from "node:timers/promises";
import type { Rng } from "../../src/core/ports";
import { adminRequest } from "./admin-request";
import type { AdminRequest } from "./admin-request";
import { connect } from "./client";
import type { Gateway } from "./gateway";
import { handshakeBytes, rawRequest } from "./raw-request";
import { SteadyTalk } from "./steady-talk";

const PROBE_EVERY_MS = 50;
const OPEN_AT_ONCE = 50;

/** What is done to a gateway under traffic, evenly over the time. */
export interface ChurnPlan {
  readonly durationMs: number;
  readonly changes: number;
  readonly reloads: number;
  readonly kills: number;
}

interface Handshake {
  readonly status: number;
  readonly begunMs: number;
  readonly endedMs: number;
}

interface Step {
  readonly atMs: number;
  readonly act: () => Promise<void>;
}

/** Opens sockets that exchange numbered messages. */
export async function openTalks(gateway: Gateway, count: number, everyMs: number): Promise<SteadyTalk[]> {
  const talks: SteadyTalk[] = [];
  while (talks.length < count) {
    const batch = Array.from({ length: Math.min(OPEN_AT_ONCE, count - talks.length) }, () =>
      connect(gateway.url()),
    );
    for (const client of await Promise.all(batch)) talks.push(new SteadyTalk(client, everyMs));
  }
  return talks;
}

/** Changes peers, weights, states and routes of the upstream `chat`, reloads and kills workers, while handshakes go on. */
export class Churn {
  readonly killed = new Set<number>();
  /** Calls that were not answered as they must be. */
  readonly refused: string[] = [];
  private readonly killedAtMs: number[] = [];
  private readonly handshakes: Promise<Handshake>[] = [];
  private readonly added: string[] = [];
  private readonly draining: string[] = [];
  private readonly routes: string[] = [];
  private serial = 0;

  /** @param peers that stay, by id; the upstream has them from the start */
  constructor(
    private readonly gateway: Gateway,
    private readonly peers: Readonly<Record<string, string>>,
    private readonly rng: Rng,
  ) {}

  async run(plan: ChurnPlan): Promise<void> {
    const startedMs = Date.now();
    const prober = setInterval(() => this.handshakes.push(this.shakeHands()), PROBE_EVERY_MS);
    for (const { atMs, act } of this.schedule(plan)) {
      await sleep(Math.max(0, startedMs + atMs - Date.now()));
      await act();
    }
    clearInterval(prober);
    await this.undo();
  }

  /** Handshakes that ended otherwise than with a 101, but those that a worker had which was killed meanwhile. */
  async failedHandshakes(): Promise<number[]> {
    const all = await Promise.all(this.handshakes);
    const isOfKilled = ({ begunMs, endedMs }: Handshake): boolean =>
      this.killedAtMs.some((atMs) => begunMs <= atMs && atMs <= endedMs);
    return all
      .filter((one) => one.status !== 101 && !(one.status === 0 && isOfKilled(one)))
      .map(({ status }) => status);
  }

  get handshakeCount(): number {
    return this.handshakes.length;
  }

  private schedule({ durationMs, changes, reloads, kills }: ChurnPlan): Step[] {
    const spread = (count: number, act: () => Promise<void>): Step[] =>
      Array.from({ length: count }, (_, index) => ({ atMs: ((index + 1) * durationMs) / (count + 1), act }));
    return [
      ...spread(changes, () => this.change()),
      ...spread(reloads, () => this.gateway.reload()),
      ...spread(kills, () => Promise.resolve(this.kill())),
    ].sort((a, b) => a.atMs - b.atMs);
  }

  private async shakeHands(): Promise<Handshake> {
    const begunMs = Date.now();
    const { status } = await rawRequest(this.gateway.port, handshakeBytes());
    return { status, begunMs, endedMs: Date.now() };
  }

  private kill(): void {
    const pid = this.pick(this.gateway.workerPids());
    this.killed.add(pid);
    this.killedAtMs.push(Date.now());
    process.kill(pid, "SIGKILL");
  }

  private async change(): Promise<void> {
    const kinds = [
      () => this.add(),
      () => this.remove(),
      () => this.weigh(),
      () => this.drain(),
      () => this.ready(),
      () => this.route(),
      () => this.unroute(),
    ];
    await this.pick(kinds)();
  }

  private async add(): Promise<void> {
    this.serial += 1;
    const id = `added/${this.serial}`;
    const address = this.pick(Object.values(this.peers));
    await this.call("POST", "/v1/upstreams/chat/peers", [201, 202], { body: { id, address } });
    this.added.push(id);
  }

  private async remove(): Promise<void> {
    const id = this.added.shift();
    if (id === undefined) return this.add();
    await this.call("DELETE", peerPath(id), [200, 202]);
  }

  private async weigh(): Promise<void> {
    const id = this.pick(Object.keys(this.peers));
    await this.call("PATCH", peerPath(id), [200, 202], { body: { weight: this.rng.integer(9) } });
  }

  private async drain(): Promise<void> {
    const id = this.pick(Object.keys(this.peers));
    if (this.draining.length > 0) return this.ready();
    await this.call("POST", `${peerPath(id)}/drain`, [200, 202], { body: { close: "keep" } });
    this.draining.push(id);
  }

  private async ready(): Promise<void> {
    const id = this.draining.shift() ?? this.pick(Object.keys(this.peers));
    await this.call("POST", `${peerPath(id)}/ready`, [200, 202]);
  }

  private async route(): Promise<void> {
    this.serial += 1;
    const id = `extra${this.serial}`;
    await this.call("PUT", `/v1/routes/${id}`, [200, 201, 202], {
      body: { path: `/extra/${this.serial}`, upstream: "chat" },
    });
    this.routes.push(id);
  }

  private async unroute(): Promise<void> {
    const id = this.routes.shift();
    if (id === undefined) return this.route();
    await this.call("DELETE", `/v1/routes/${id}`, [200, 202]);
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.rng.integer(items.length) - 1]!;
  }

  private async undo(): Promise<void> {
    while (this.added.length > 0) await this.remove();
    while (this.routes.length > 0) await this.unroute();
    await this.call("DELETE", "/v1/overrides", [200, 202]);
  }

  /** A worker that is killed takes its calls along: those are made again, and may find themselves done. */
  private async call(
    method: string,
    target: string,
    expected: readonly number[],
    request: AdminRequest = {},
  ): Promise<void> {
    const first = await adminRequest(this.gateway, method, target, request).catch(() => undefined);
    const reply = first ?? (await adminRequest(this.gateway, method, target, request));
    const isDoneBefore = first === undefined && [404, 409].includes(reply.status);
    if (!expected.includes(reply.status) && !isDoneBefore) {
      this.refused.push(`${method} ${target}: ${reply.status} ${reply.text}`);
    }
  }
}

function peerPath(id: string): string {
  return `/v1/upstreams/chat/peers/${encodeURIComponent(id)}`;
}
