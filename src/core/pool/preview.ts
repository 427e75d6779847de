import type { PickInput } from "../balance/contract";
import type { UpstreamConfig } from "../config/snapshot";
import type { Fallible } from "../fallible";
import type { Eligibility } from "./eligibility";
import { isWithdrawn, type Peer } from "./peer";
import type { Tiers } from "./tiers";

/** Where a session would go, and why, for people. */
export interface Preview {
  readonly peer: Peer;
  readonly reason: string;
}

const OBSTACLES = [
  "draining",
  "in maintenance",
  "draining by its own wish",
  "down",
  "on trial",
  "of weight 0",
  "full",
];
const DOWN = 3;

/** Of a pool, what says where a session would go. */
export interface PreviewParts {
  readonly config: UpstreamConfig;
  readonly peers: readonly Peer[];
  readonly tiers: Tiers;
  readonly eligibility: Eligibility;
  readonly input: PickInput;
  /** Where the key belongs; absent: nowhere. */
  readonly home: Peer | undefined;
  readonly isStrict: boolean;
  readonly nowS: number;
}

/** @returns why it would go nowhere, if so */
export function lookAhead(parts: PreviewParts): Fallible<Preview> {
  const { config, eligibility, home, input, isStrict, nowS, peers, tiers } = parts;
  eligibility.begin(undefined);
  if (home !== undefined) {
    if (eligibility.isEligibleWhenBound(home, nowS))
      return $multi({ peer: home, reason: noteOnHealth(reasonForHome(home), home, eligibility) });
    if (isStrict) return $multi(undefined, reasonForStrict(home));
  }
  const peer = tiers.peek(input, eligibility, peers);
  if (peer === undefined) return $multi(undefined, reasonForNone(peers));
  const reason = reasonForPick(config.balancer.type, peer, peers, input.eligible);
  return $multi({ peer, reason: noteOnHealth(reason, peer, eligibility) });
}

/** @param type of the balancer that chose */
function reasonForPick(
  type: string,
  peer: Peer,
  peers: readonly Peer[],
  isEligible: (this: void, peer: Peer) => boolean,
): string {
  let eligible = 0;
  let tier = 0;
  for (const other of peers) {
    if (other.isBackup === peer.isBackup) {
      tier += 1;
      if (isEligible(other)) eligible += 1;
    }
  }
  if (!peer.isBackup) return `${type} among ${eligible} of ${counted(tier, "peer")}`;
  return `only backups are eligible: ${type} among ${eligible} of ${counted(tier, "backup")}`;
}

/** Of a session that is bound by its key. */
function reasonForHome(home: Peer): string {
  return home.state === "drain" || isWithdrawn(home)
    ? "the key belongs to it, also while it drains"
    : "the key belongs to it";
}

/** @param home where the key belongs, and may not go now */
function reasonForStrict(home: Peer): string {
  return `affinity is strict, and "${home.key}", which the key belongs to, is ${described(obstacle(home), home.healthReason)}`;
}

/** Adds to a reason that health is ignored, or that the session would be the peer's trial, if so. */
function noteOnHealth(reason: string, peer: Peer, eligibility: Eligibility): string {
  if (!eligibility.isPanic) return peer.isUp ? reason : `${reason}; it is on trial`;
  return `${reason}; health is ignored, as only ${eligibility.upShare()} are up`;
}

/** Says of each why it is not eligible, counted. @param peers none of which is eligible */
function reasonForNone(peers: readonly Peer[]): string {
  if (peers.length === 0) return "the upstream has no peers";
  const counts = OBSTACLES.map(() => 0);
  let downReason: string | undefined;
  for (const peer of peers) {
    const place = obstacle(peer);
    counts[place]! += 1;
    if (place === DOWN) downReason = commonReason(downReason, peer.healthReason);
  }
  const parts: string[] = [];
  for (const index of $range(0, OBSTACLES.length - 1)) {
    if (counts[index]! > 0) parts.push(`${counts[index]!.toString()} ${described(index, downReason ?? "")}`);
  }
  return parts.join(", ");
}

function described(place: number, healthReason: string): string {
  const words = OBSTACLES[place]!;
  return place === DOWN && healthReason !== "" ? `${words} (${healthReason})` : words;
}

/** Of many peers it is enough to know one reason, and that there are others. */
function commonReason(known: string | undefined, reason: string): string {
  if (known === undefined || known === "" || known === reason) return reason;
  return reason === "" || known.endsWith(AND_MORE) ? known : `${known}${AND_MORE}`;
}

const AND_MORE = " and others";

/** The first thing that keeps sessions off a peer. */
function obstacle(peer: Peer): number {
  if (peer.state === "drain") return 0;
  if (peer.state === "maint") return 1;
  if (isWithdrawn(peer)) return 2;
  if (!peer.isUp) return peer.isOnTrial ? 4 : DOWN;
  return peer.weight <= 0 ? 5 : 6;
}

function counted(count: number, noun: string): string {
  return `${count.toString()} ${noun}${count === 1 ? "" : "s"}`;
}
