/** What a client is doing. */
export const PHASE = {
  /** The place is free. */
  none: 0,
  /** It has a slot, and no 101 yet. */
  handshake: 1,
  open: 2,
  /** Open, and about to be closed by the gateway. */
  leaving: 3,
  /** It has lost its session and comes back. */
  away: 4,
  /** It was refused and does not come back. */
  lost: 5,
} as const;

export const NO_TIMER = -1;

/** The fields of all clients, an array each: a million of them are a few large blocks of memory. */
export class Clients {
  phase = new Uint8Array(0);
  worker = new Int32Array(0);
  peer = new Int32Array(0);
  /** Where it was before it lost its session; `NONE`: nowhere. */
  lastPeer = new Int32Array(0);
  key = new Int32Array(0);
  /** Tries since it was refused first. */
  attempts = new Uint8Array(0);
  /** The timer that is set for it; `NO_TIMER`: none is. */
  private timer = new Int32Array(0);
  latencyMs = new Float32Array(0);
  /** Places in use are below this. */
  count = 0;
  private readonly free: number[] = [];
  /** By timer, whose it is. A timer that is off is still queued, and free after its turn. */
  private readonly owners: number[] = [];
  private readonly freeTimers: number[] = [];

  constructor(capacity = 1 << 14) {
    this.resize(capacity);
  }

  take(): number {
    const place = this.free.pop();
    if (place !== undefined) return place;
    if (this.count === this.phase.length) this.resize(this.count * 2);
    this.count += 1;
    return this.count - 1;
  }

  give(client: number): void {
    this.phase[client] = PHASE.none;
    this.timer[client] = NO_TIMER;
    this.free.push(client);
  }

  /** In place of the one that the client has. */
  startTimer(client: number): number {
    const timer = this.freeTimers.pop() ?? this.owners.length;
    this.owners[timer] = client;
    this.timer[client] = timer;
    return timer;
  }

  /** Whose timer it was; `NO_TIMER` if it is off. */
  endTimer(timer: number): number {
    const client = this.owners[timer]!;
    this.freeTimers.push(timer);
    if (this.timer[client] !== timer) return NO_TIMER;
    this.timer[client] = NO_TIMER;
    return client;
  }

  hasSlot(client: number): boolean {
    const phase = this.phase[client]!;
    return phase === PHASE.handshake || phase === PHASE.open || phase === PHASE.leaving;
  }

  private resize(capacity: number): void {
    this.phase = copied(this.phase, new Uint8Array(capacity));
    this.worker = copied(this.worker, new Int32Array(capacity));
    this.peer = copied(this.peer, new Int32Array(capacity));
    this.lastPeer = copied(this.lastPeer, new Int32Array(capacity));
    this.key = copied(this.key, new Int32Array(capacity));
    this.attempts = copied(this.attempts, new Uint8Array(capacity));
    this.timer = copied(this.timer, new Int32Array(capacity).fill(NO_TIMER));
    this.latencyMs = copied(this.latencyMs, new Float32Array(capacity));
  }
}

function copied<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}
