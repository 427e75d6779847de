import type { HealthView } from "../../core/health/health-view";
import type { HealthRecord } from "../../core/health/record";
import type { Peer } from "../../core/pool/peer";
import { decodeJson, encodeJson } from "../json";
import { healthKey, trialKey } from "../keys";

/**
 * Texts are filled up to a multiple of this: one of the same length is replaced in place, also in a dict that is full, which
 * would have dropped the old one for a longer one that it then has no room for.
 */
const STEP_BYTES = 256;
/** Renewed by the leader well before: so what it knows of a peer that is gone, or that another one knew of, goes by itself. */
const TTL_S = 3600;

/** The health of all peers, in the shared dict: the leader writes, all read. */
export class RecordStore implements HealthView {
  constructor(private readonly dict: NgxSharedDict) {}

  record(upstream: string, key: string): HealthRecord | undefined {
    const [text] = this.dict.get(healthKey(upstream, key));
    if (typeof text !== "string") return undefined;
    const [record] = decodeJson(text);
    return record as HealthRecord | undefined;
  }

  /** @returns why it is not stored, if so; what was there before may then be gone */
  write(upstream: string, key: string, record: HealthRecord): string | undefined {
    const text = encodeJson(record);
    const fill = (STEP_BYTES - (text.length % STEP_BYTES)) % STEP_BYTES;
    const [isStored, err] = this.dict.safe_set(healthKey(upstream, key), text + string.rep(" ", fill), TTL_S);
    return isStored === true ? undefined : (err ?? "not stored");
  }

  /** Says whether it is still there. */
  renew(upstream: string, key: string): boolean {
    const [isThere] = this.dict.expire(healthKey(upstream, key), TTL_S);
    return isThere === true;
  }

  remove(upstream: string, key: string): void {
    this.dict.delete(healthKey(upstream, key));
  }

  claimTrial(peer: Peer, forS: number): boolean {
    const [isMine, err] = this.dict.safe_add(trialKey(peer.upstream, peer.key), true, forS);
    // Without room for the claim the peer would get no trial for as long.
    return isMine === true || err !== "exists";
  }

  dropTrial(peer: Peer): void {
    this.endClaim(peer.upstream, peer.key);
  }

  /** The next handshake may be the trial. */
  endClaim(upstream: string, key: string): void {
    this.dict.delete(trialKey(upstream, key));
  }
}
