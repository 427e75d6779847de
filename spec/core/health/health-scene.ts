import type {
  ActiveHealthConfig,
  HealthConfig,
  PassiveHealthConfig,
} from "../../../src/core/config/snapshot";
import type { AttemptReport, HealthChange, HealthRecord } from "../../../src/core/health/record";
import { UpstreamHealth } from "../../../src/core/health/upstream-health";
import type { Rng } from "../../../src/core/ports";
import { ACTIVE, PASSIVE } from "../support/health-config";

export const START_S = 1_795_000_000;

/** Ejections are as long as they can be, or, by the lowest number, as good as exact. */
export const LONGEST: Rng = { integer: (limit) => limit };
export const EXACT: Rng = { integer: () => 1 };

export function passive(fields: Partial<PassiveHealthConfig> = {}): PassiveHealthConfig {
  return { ...PASSIVE, ...fields };
}

export function active(fields: Partial<ActiveHealthConfig> = {}): ActiveHealthConfig {
  return { ...ACTIVE, ...fields };
}

export function healthOf(fields: Partial<HealthConfig>): HealthConfig {
  return { hasAgent: false, onDown: "keep", ...fields };
}

export function report(key: string, fields: Partial<AttemptReport>): AttemptReport {
  const failures = fields.failures ?? 0;
  return {
    upstream: "chat",
    key,
    address: `${key}:80`,
    attempts: failures,
    failures,
    failuresInRow: failures,
    reason: failures > 0 ? "connect refused" : "",
    ...fields,
  };
}

/** A leader that watches one upstream: time passes, and all that is told is kept. */
export class HealthScene {
  nowS = START_S;
  health: UpstreamHealth;
  readonly records = new LuaMap<string, HealthRecord>();
  /** `key to: reason (source)` of each, until they are read. */
  private told: string[] = [];

  constructor(
    private config: HealthConfig,
    private keys: readonly string[],
    private readonly rng: Rng = EXACT,
  ) {
    this.health = new UpstreamHealth("chat", rng);
    this.use();
  }

  /** @param marks `a`: a candidate; `a?`: none; `a@1.2.3.4:80`: at another address */
  use(config = this.config, marks = this.keys): void {
    this.config = config;
    this.keys = marks;
    const watched = marks.map((mark) => {
      const [name, address] = mark.split("@");
      const isCandidate = !mark.endsWith("?");
      const key = isCandidate ? name! : mark.substring(0, mark.length - 1);
      return { key, address: address ?? `${key}:80`, isCandidate };
    });
    this.health.use(config, watched, (key) => this.records.get(key), this.nowS);
    this.take();
  }

  /** Another process leads and knows nothing but the records. */
  elect(): void {
    this.health = new UpstreamHealth("chat", this.rng);
    this.use();
  }

  /** @param reasons why each of these probes fails; `""`: it is good */
  probe(key: string, ...reasons: string[]): void {
    for (const reason of reasons) this.health.probed(key, { isGood: reason === "", reason }, this.nowS);
    this.take();
  }

  /** Good probes until the peer is up. */
  probesToRise(key: string): number {
    for (const count of $range(1, 200)) {
      this.probe(key, "");
      if (this.health.isUp(key)) return count;
    }
    return Infinity;
  }

  say(key: string, agent: string): void {
    this.health.probed(key, { isGood: true, reason: "", agent }, this.nowS);
    this.take();
  }

  fail(key: string, failures: number, reason = "connect refused"): void {
    this.report(key, { failures, reason });
  }

  succeed(key: string, attempts = 1): void {
    this.report(key, { attempts });
  }

  report(key: string, fields: Partial<AttemptReport>): void {
    this.health.attempted(report(key, fields), this.nowS);
    this.take();
  }

  wait(seconds: number): void {
    this.nowS += seconds;
    this.health.advance(this.nowS);
    this.take();
  }

  /** `up`, `down` or `trial`, and why. */
  state(key: string): string {
    const record = this.records.get(key);
    if (record === undefined) return "up";
    const state = record.isUp ? "up" : record.isOnTrial ? "trial" : "down";
    expect(record.isUp).toBe(this.health.isUp(key));
    return record.reason === "" ? state : `${state}: ${record.reason}`;
  }

  /** What was told since the last call. */
  events(): string[] {
    const { told } = this;
    this.told = [];
    return told;
  }

  private take(): void {
    for (const change of this.health.takeChanges()) this.keep(change);
    expect(this.health.takeChanges()).toHaveLength(0);
  }

  private keep({ key, record, event }: HealthChange): void {
    if (record === undefined) this.records.delete(key);
    else this.records.set(key, record);
    if (event !== undefined) this.told.push(`${key} ${event.to}: ${event.reason} (${event.source})`);
  }
}
