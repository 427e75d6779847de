import type { Eligibility } from "./eligibility";
import type { Peer } from "./peer";

/** Where a session would go, and why, for people. */
export interface Preview {
  readonly peer: Peer;
  readonly reason: string;
}

const OBSTACLES = ["draining", "in maintenance", "down", "of weight 0", "full"];

/** @param type of the balancer that chose */
export function reasonForPick(
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
export function reasonForHome({ state }: Peer): string {
  return state === "drain" ? "the key belongs to it, also while it drains" : "the key belongs to it";
}

/** @param home where the key belongs, and may not go now */
export function reasonForStrict(home: Peer): string {
  return `affinity is strict, and "${home.key}", which the key belongs to, is ${OBSTACLES[obstacle(home)]!}`;
}

/** Adds to a reason that health is ignored, if it is. */
export function noteOnPanic(reason: string, eligibility: Eligibility): string {
  if (!eligibility.isPanic) return reason;
  return `${reason}; health is ignored, as only ${eligibility.upShare()} are up`;
}

/** Says of each why it is not eligible, counted. @param peers none of which is eligible */
export function reasonForNone(peers: readonly Peer[]): string {
  if (peers.length === 0) return "the upstream has no peers";
  const counts = [0, 0, 0, 0, 0];
  for (const peer of peers) counts[obstacle(peer)]! += 1;
  const parts: string[] = [];
  for (const index of $range(0, OBSTACLES.length - 1)) {
    if (counts[index]! > 0) parts.push(`${counts[index]!.toString()} ${OBSTACLES[index]!}`);
  }
  return parts.join(", ");
}

/** The first thing that keeps sessions off a peer. */
function obstacle(peer: Peer): number {
  if (peer.state === "drain") return 0;
  if (peer.state === "maint") return 1;
  if (!peer.isUp) return 2;
  return peer.weight <= 0 ? 3 : 4;
}

function counted(count: number, noun: string): string {
  return `${count.toString()} ${noun}${count === 1 ? "" : "s"}`;
}
