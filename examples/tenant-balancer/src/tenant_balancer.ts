import type { Balancer, BalancerFactory, Peer, PickInput } from "switchboard-ws";

/**
 * Gives each tenant a few of the peers, its shard, and sends its sessions to the least loaded of them. Two tenants seldom have
 * the same shard ("shuffle sharding"), so one that brings its peers down leaves nearly everybody else with a peer.
 *
 * The shard of a tenant are the peers that score highest with its name: it is the same in every worker and on every gateway,
 * and a peer that comes or goes changes only the shards it belongs to.
 */

const DEFAULT_SHARD_SIZE = 2;
const LARGEST_SHARD = 16;

/** The lower 32 bits of a product; a plain one would lose them in a double. */
function multiply(a: number, b: number): number {
  const low = a & 0xffff;
  const high = (a >> 16) & 0xffff;
  return (low * b + (((high * b) & 0xffff) << 16)) | 0;
}

function hash(text: string): number {
  let value = 0x1234567;
  for (let index = 0; index < text.length; index++) {
    value = multiply(value ^ text.charCodeAt(index), 0x1000193);
  }
  return value;
}

/** Makes of two hashes one that is like neither. */
function score(tenant: number, peer: number): number {
  let value = multiply(tenant ^ peer, 0x45d9f3b);
  value = multiply(value ^ ((value >> 16) & 0xffff), 0x45d9f3b);
  return (value ^ ((value >> 16) & 0xffff)) & 0x7fffffff;
}

class TenantBalancer implements Balancer {
  private peers: Peer[] = [];
  private hashes: number[] = [];
  /** The shard of the tenant at hand, the highest score first. It is filled anew at each pick, so that a pick allocates nothing. */
  private readonly shard: Peer[] = [];
  private readonly scores: number[] = [];

  constructor(private readonly shardSize: number) {}

  update(peers: readonly Peer[]): void {
    this.peers = [];
    this.hashes = [];
    for (const peer of peers) {
      this.peers.push(peer);
      this.hashes.push(hash(peer.key));
    }
    // As long as it ever gets, so that it does not grow while sessions are picked.
    for (let place = this.shard.length; place < this.shardSize && place < peers.length; place++) {
      this.shard.push(peers[place]!);
      this.scores.push(0);
    }
  }

  pick(input: PickInput): Peer | undefined {
    const size = this.findShard(hash(input.key));
    let best: Peer | undefined;
    let lowest = 0;
    for (let place = 0; place < size; place++) {
      const peer = this.shard[place]!;
      if (input.eligible(peer)) {
        const load = (input.active(peer) + 1) / peer.weight;
        if (best === undefined || load < lowest) {
          best = peer;
          lowest = load;
        }
      }
    }
    // Nobody where all of the shard are down or full: the session is refused rather than sent to the peers of others.
    return best;
  }

  peek(input: PickInput): Peer | undefined {
    return this.pick(input);
  }

  /** Peers that are down keep their place; those that the operator drains leave it to the next. @returns how many there are */
  private findShard(tenant: number): number {
    const { peers, hashes, shard, scores, shardSize } = this;
    let size = 0;
    for (let index = 0; index < peers.length; index++) {
      const peer = peers[index]!;
      if (peer.state === "ready" && peer.fullWeight > 0) {
        const own = score(tenant, hashes[index]!);
        if (size < shardSize || own > scores[size - 1]!) {
          if (size < shardSize) size += 1;
          let place = size - 1;
          while (place > 0 && own > scores[place - 1]!) {
            shard[place] = shard[place - 1]!;
            scores[place] = scores[place - 1]!;
            place -= 1;
          }
          shard[place] = peer;
          scores[place] = own;
        }
      }
    }
    return size;
  }
}

const tenantBalancer: BalancerFactory = {
  name: "by_tenant",
  needs: ["key"],
  validate(options) {
    for (const name in options) {
      if (name !== "shard_size") return `by_tenant has no option "${name}"; it takes "shard_size"`;
    }
    const size = options["shard_size"] ?? DEFAULT_SHARD_SIZE;
    const isSound =
      typeof size === "number" && size >= 1 && size <= LARGEST_SHARD && size === Math.floor(size);
    return isSound ? undefined : `by_tenant: "shard_size" must be a whole number from 1 to ${LARGEST_SHARD}`;
  },
  create(_deps, options) {
    return new TenantBalancer((options["shard_size"] as number | undefined) ?? DEFAULT_SHARD_SIZE);
  },
};

export = tenantBalancer;
