import type { HealthView } from "../../../src/core/health/health-view";
import type { HealthRecord } from "../../../src/core/health/record";
import type { Peer } from "../../../src/core/pool/peer";

export function aRecord(
  peer: { readonly address: string },
  fields: Partial<HealthRecord> = {},
): HealthRecord {
  return {
    address: peer.address,
    isUp: true,
    reason: "",
    sinceS: 900,
    isOnTrial: false,
    memory: { falls: 0, ejections: 0, ejectedUntilS: 0, atS: 900 },
    ...fields,
  };
}

export function down(peer: { readonly address: string }, reason = "connect refused"): HealthRecord {
  return aRecord(peer, { isUp: false, reason });
}

export function onTrial(peer: { readonly address: string }): HealthRecord {
  return aRecord(peer, { isUp: false, isOnTrial: true, reason: "ejected for 30s: connect failed" });
}

/** The health that all workers share, with claims that end. */
export class MemoryHealth implements HealthView {
  readonly records = new LuaMap<string, HealthRecord>();
  /** By key of the peer, until when its trial is claimed. */
  readonly claims = new LuaMap<string, number>();
  /** Each claim that was tried, and for how long. */
  readonly asked: string[] = [];

  constructor(private readonly now: () => number) {}

  record(_upstream: string, key: string): HealthRecord | undefined {
    return this.records.get(key);
  }

  claimTrial(peer: Peer, forS: number): boolean {
    this.asked.push(`${peer.key} ${forS}`);
    const untilS = this.claims.get(peer.key) ?? 0;
    if (untilS > this.now()) return false;
    this.claims.set(peer.key, this.now() + forS);
    return true;
  }

  dropTrial(peer: Peer): void {
    this.claims.delete(peer.key);
  }
}
