import { removedPeers } from "../pool/leaving";
import type { Peer } from "../pool/peer";
import { joined, label, type Exposition } from "./exposition";
import {
  FAILURES,
  PEER_ANY_HEALTH,
  PEER_BYTES_TO_CLIENT,
  PEER_BYTES_TO_PEER,
  PEER_EJECTIONS,
  PEER_FAILURES,
  PEER_LAYOUT,
  PEER_OPENED,
  PEER_PROBES_FAILED,
  PEER_PROBES_PASSED,
  PEER_RETRIES,
  PEER_TROUBLE,
  PEER_WENT_DOWN,
  PEER_WENT_UP,
} from "./layout";
import { peerName } from "./names";
import type { MetricsWorld } from "./world";

interface PeerEntry {
  readonly peer: Peer;
  readonly name: string;
  readonly labels: string;
}

const { codes } = PEER_LAYOUT;
const TO_CLIENT = label("to", "client");
const TO_PEER = label("to", "peer");
const TO_UP = label("to", "up");
const TO_DOWN = label("to", "down");
const PASSED = label("result", "passed");
const FAILED = label("result", "failed");
const KIND_LABELS = FAILURES.map((kind) => label("kind", kind));
const STATE_LABELS = {
  ready: label("state", "ready"),
  drain: label("state", "drain"),
  maint: label("state", "maint"),
};

export function writePeers(out: Exposition, world: MetricsWorld): void {
  const peers = entriesOf(out, world);
  const read = ({ name }: PeerEntry, place: number): number => world.read(name, codes[place]!);
  out.begin(
    "switchboard_peer_sessions",
    "gauge",
    "Open sessions of a peer, handshakes under way among them.",
  );
  for (const entry of peers) out.sample(entry.labels, world.active(entry.name));
  out.begin("switchboard_peer_up", "gauge", "1 while a peer is up.");
  for (const { peer, labels } of peers) out.sample(labels, peer.isUp ? 1 : 0);
  out.begin(
    "switchboard_peer_state",
    "gauge",
    "Always 1; what the operator wants of a peer is in the label.",
  );
  for (const { peer, labels } of peers) out.sampleOf(labels, STATE_LABELS[peer.state], 1);
  out.begin("switchboard_peer_opened_total", "counter", "Handshakes that a peer answered with 101.");
  for (const entry of peers) out.sample(entry.labels, read(entry, PEER_OPENED));
  writeFailures(out, peers, read, world);
  out.begin(
    "switchboard_peer_bytes_total",
    "counter",
    "Bytes sent for a peer's WebSockets that have ended, with those of the handshake.",
  );
  for (const entry of peers) {
    out.sampleOf(entry.labels, TO_CLIENT, read(entry, PEER_BYTES_TO_CLIENT));
    out.sampleOf(entry.labels, TO_PEER, read(entry, PEER_BYTES_TO_PEER));
  }
  writeHealth(out, peers, read, world);
}

function entriesOf(out: Exposition, world: MetricsWorld): readonly PeerEntry[] {
  const entries: PeerEntry[] = [];
  for (const pool of world.pools()) {
    const upstream = pool.config.name;
    const ofUpstream = label("upstream", upstream);
    // A peer that was removed is shown as long as it has sessions.
    for (const peer of pool.peers.concat(removedPeers(pool))) {
      const labels = joined(ofUpstream, label("peer", peer.key));
      entries.push({ peer, name: peerName(upstream, peer.key), labels });
      out.lookOn();
    }
  }
  return entries;
}

type Read = (entry: PeerEntry, place: number) => number;

/** Those of which something of a guarded group was counted. */
function guarded(
  out: Exposition,
  peers: readonly PeerEntry[],
  guard: string,
  world: MetricsWorld,
): readonly PeerEntry[] {
  const found: PeerEntry[] = [];
  for (const entry of peers) {
    if (world.read(entry.name, guard) > 0) found.push(entry);
    out.lookOn();
  }
  return found;
}

/** There are series for what has happened. */
function writeHealth(out: Exposition, peers: readonly PeerEntry[], read: Read, world: MetricsWorld): void {
  const watched = guarded(out, peers, PEER_ANY_HEALTH, world);
  const writeIfAny = (entry: PeerEntry, further: string, place: number): void => {
    const count = read(entry, place);
    if (count > 0) out.sampleOf(entry.labels, further, count);
  };
  out.begin("switchboard_probes_total", "counter", "Probes of a peer, by what came of them.");
  for (const entry of watched) {
    writeIfAny(entry, PASSED, PEER_PROBES_PASSED);
    writeIfAny(entry, FAILED, PEER_PROBES_FAILED);
  }
  out.begin(
    "switchboard_peer_health_changes_total",
    "counter",
    "How often a peer went up, and down; a failed trial is another down.",
  );
  for (const entry of watched) {
    writeIfAny(entry, TO_UP, PEER_WENT_UP);
    writeIfAny(entry, TO_DOWN, PEER_WENT_DOWN);
  }
  out.begin(
    "switchboard_peer_ejections_total",
    "counter",
    "How often a peer went down for the handshakes of clients.",
  );
  for (const entry of watched) {
    const count = read(entry, PEER_EJECTIONS);
    if (count > 0) out.sample(entry.labels, count);
  }
}

/** There are series for what has happened. */
function writeFailures(out: Exposition, peers: readonly PeerEntry[], read: Read, world: MetricsWorld): void {
  const failed = guarded(out, peers, PEER_TROUBLE, world);
  out.begin("switchboard_peer_failures_total", "counter", "Attempts at a peer that failed, by how.");
  for (const entry of failed) {
    for (const kind of $range(0, FAILURES.length - 1)) {
      const count = read(entry, PEER_FAILURES + kind);
      if (count > 0) out.sampleOf(entry.labels, KIND_LABELS[kind]!, count);
    }
  }
  out.begin(
    "switchboard_peer_retries_total",
    "counter",
    "Sessions that went on to another peer after a failure.",
  );
  for (const entry of failed) out.sample(entry.labels, read(entry, PEER_RETRIES));
}
