import type { Fallible } from "../fallible";
import { canonicalAddress } from "./ip-address";

export const TYPE_A = 1;
export const TYPE_AAAA = 28;

const NXDOMAIN = 3;
const RESPONSE_CODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

export type Family = "ipv4" | "ipv6";

/** Addresses of one family; none is an answer too. */
export interface FamilyAnswer {
  readonly addresses: readonly string[];
  readonly ttlS: number;
}

/** What a name resolved to. */
export interface Answer extends FamilyAnswer {
  /** The family whose question failed although the other was answered, and why: what was known of it still holds. */
  readonly missing?: { readonly family: Family; readonly reason: string };
}

export interface DnsRecord {
  readonly type: number;
  readonly ttl: number;
  readonly address?: string;
}

/** Whether another server could still know the name: everything but "yes" and "there is no such name". */
export function isServersFault(responseCode: number): boolean {
  return responseCode !== 0 && responseCode !== NXDOMAIN;
}

export function responseCodeName(responseCode: number): string {
  return RESPONSE_CODES[responseCode] ?? `response code ${responseCode}`;
}

/**
 * The addresses of one type in an answer section. They hold as long as the shortest-lived record, the aliases (CNAME)
 * on the way to them included.
 */
export function readRecords(records: readonly DnsRecord[], type: number): FamilyAnswer {
  const addresses: string[] = [];
  let ttlS: number | undefined;
  for (const record of records) {
    const address = record.type === type ? canonicalAddress(record.address ?? "") : undefined;
    if (address !== undefined) addresses.push(address);
    // A TTL with the top bit set, which reads as negative, means 0: RFC 2181 8.
    const recordTtlS = Math.max(0, record.ttl);
    if (ttlS === undefined || recordTtlS < ttlS) ttlS = recordTtlS;
  }
  return { addresses, ttlS: ttlS ?? 0 };
}

export interface FamilyResult {
  readonly answer?: FamilyAnswer;
  /** Why there is no answer. */
  readonly reason?: string;
}

/** Both families as one answer. It fails when neither gives an address. */
export function combine(ipv4: FamilyResult, ipv6: FamilyResult): Fallible<Answer> {
  const first = ipv4.answer;
  const second = ipv6.answer;
  const hasFirst = first !== undefined && first.addresses.length > 0;
  const hasSecond = second !== undefined && second.addresses.length > 0;
  if (!hasFirst && !hasSecond) return $multi(undefined, ipv4.reason ?? ipv6.reason ?? "no address");
  const addresses: string[] = [];
  if (hasFirst) for (const address of first.addresses) addresses.push(address);
  if (hasSecond) for (const address of second.addresses) addresses.push(address);
  const ttlS = Math.min(hasFirst ? first.ttlS : Infinity, hasSecond ? second.ttlS : Infinity);
  return $multi({ addresses, ttlS, missing: missingFamily(ipv4, ipv6) });
}

function missingFamily(ipv4: FamilyResult, ipv6: FamilyResult): Answer["missing"] {
  if (ipv4.reason !== undefined) return { family: "ipv4", reason: ipv4.reason };
  if (ipv6.reason !== undefined) return { family: "ipv6", reason: ipv6.reason };
  return undefined;
}
