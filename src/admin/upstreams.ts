import type { PeerConfig } from "../core/config/snapshot";
import { printable } from "../core/config/show";
import type { Peer } from "../core/pool/peer";
import type { Pool } from "../core/pool/pool";
import { answerRefusal, answerStream, answerText, type AdminAnswer } from "./answer";
import { refusal } from "./errors";
import type { Output } from "./output";
import { putHealth } from "./peer-health";
import type { AdminWorld, ChangedPeer } from "./world";

const MAX_SHOWN = 80;

export function showUpstreams(world: AdminWorld): AdminAnswer {
  return answerStream((out) => {
    out.write('{"upstreams":[');
    let separator = "";
    for (const name of world.upstreamNames()) {
      // One that leaves during a pause is left out.
      const pool = world.upstream(name);
      if (pool !== undefined) {
        out.write(separator);
        writeUpstream(pool, world, out);
        separator = ",";
      }
    }
    out.write("]}");
  });
}

export function showUpstream(name: string, world: AdminWorld): AdminAnswer {
  const pool = world.upstream(name);
  if (pool === undefined) return noSuchUpstream(name, world);
  return answerStream((out) => writeUpstream(pool, world, out));
}

export function showPick(name: string, key: string, world: AdminWorld): AdminAnswer {
  const pool = world.upstream(name);
  if (pool === undefined) return noSuchUpstream(name, world);
  const [picked, err] = world.pick(pool, key);
  if (picked === undefined) return answerRefusal(refusal("no_live_peer", err), world);
  const { peer, reason } = picked;
  return answerText(200, world.encode({ peer: { id: peer.key, address: peer.address }, reason }));
}

export function noSuchUpstream(name: string, world: AdminWorld): AdminAnswer {
  const message = `there is no upstream "${printable(name, MAX_SHOWN)}"`;
  return answerRefusal(refusal("no_such_upstream", message), world);
}

function writeUpstream(pool: Pool, world: AdminWorld, out: Output): void {
  // Changes during a pause replace these lists and leave them as they are.
  const { peers, config } = pool;
  const removed = world.removedPeers(pool);
  out.write('{"peers":[');
  let active = 0;
  let separator = "";
  for (const peer of peers.concat(removed)) {
    const open = pool.active(peer);
    active += open;
    out.write(separator);
    out.write(world.encode(showPeer(peer, open, pool, world)));
    separator = ",";
    world.pause();
  }
  const { name, balancer } = config;
  const generation = world.generationOf(pool);
  const type = { type: balancer.type };
  const rebalance = world.rebalancing(pool);
  const rest = { name, balancer: type, generation, active, panic: pool.isInPanic(), rebalance };
  out.write(`],${world.encode(rest).substring(1)}`);
}

function showPeer(peer: Peer, active: number, pool: Pool, world: AdminWorld): Record<string, unknown> {
  const life = world.lifeOf(pool, peer);
  const fields: Record<string, unknown> = {
    id: peer.key,
    address: peer.address,
    state: peer.state,
    closing: life.isClosing,
    removed: peer.isRemoved,
    weight: life.weight,
    effective_weight: life.effectiveWeight,
    active,
    max_conns: peer.maxConns,
    backup: peer.isBackup,
    zone: peer.zone,
    totals: life.totals,
  };
  putHealth(fields, [peer]);
  return fields;
}

/** A peer as a change left it: its config as it is in force, with what this worker knows of its addresses. */
export function showChangedPeer(changed: ChangedPeer, world: AdminWorld): string {
  const { config, isRemoved } = changed;
  const pool = world.upstream(changed.upstream);
  let active = 0;
  let effectiveWeight = 0;
  let isClosing = config.closing !== undefined && config.closing.atS === 0;
  const addresses: Peer[] = [];
  const totals: Record<string, number> = {};
  if (pool !== undefined) {
    for (const peer of pool.peers.concat(world.removedPeers(pool))) {
      if (peer.id === config.id) {
        const life = world.lifeOf(pool, peer);
        active += pool.active(peer);
        effectiveWeight += life.effectiveWeight;
        addresses.push(peer);
        isClosing = isClosing || life.isClosing;
        for (const name of Object.keys(life.totals)) totals[name] = (totals[name] ?? 0) + life.totals[name]!;
      }
    }
  }
  const fields: Record<string, unknown> = {
    ...configFields(config),
    closing: isClosing,
    removed: isRemoved,
    effective_weight: effectiveWeight,
    active,
    totals,
  };
  putHealth(fields, addresses);
  return world.encode(fields);
}

function configFields(config: PeerConfig): Record<string, unknown> {
  const { id, address, state, weight, maxConns, isBackup, zone } = config;
  return { id, address, state, weight, max_conns: maxConns, backup: isBackup, zone };
}
