import { setTimeout as sleep } from "node:timers/promises";
import { attempt, AttemptedSocket } from "./attempt";
import type { Attempt } from "./attempt";
import { serve } from "./helper";
import { clientFrame } from "./web-socket";

/** Clients who come when it is their time, however long those before them take, and clients who stay. */

/** A socket that was to stay open. */
export interface Resident {
  readonly backend: string;
  /** Since the epoch; absent: it is open. */
  closedAtMs?: number;
}

export interface Observed {
  readonly attempts: readonly Attempt[];
  readonly residents: readonly Resident[];
}

const TICK_MS = 5;
const POLL_MS = 10;
const RESIDENTS_AT_ONCE = 16;
const CHAT = clientFrame(Buffer.from("chat"));

const attempts: Attempt[] = [];
const pending = new Set<Promise<void>>();
const residents: Resident[] = [];
let pace: NodeJS.Timeout | undefined;

const methods = {
  /** Resolves when so many backends have answered: the proxy is ready then. */
  async whenAll(work: { port: number; backends: number; timeoutMs: number }): Promise<void> {
    const deadline = Date.now() + work.timeoutMs;
    const seen = new Set<string>();
    while (seen.size < work.backends) {
      const { backend, failure } = await attempt(work.port);
      if (failure === undefined) seen.add(backend);
      if (Date.now() > deadline)
        throw new Error(
          `of ${work.backends} backends only ${[...seen].join(", ")} answered; ${failure ?? ""}`,
        );
      await sleep(POLL_MS);
    }
  },

  /** Opens sockets that stay. @param work `talkEveryMs`: each says something as often as that; absent: it is quiet */
  async settle(work: { port: number; count: number; talkEveryMs?: number }): Promise<void> {
    let left = work.count;
    const open = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await addResident(work.port, work.talkEveryMs);
      }
    };
    await Promise.all(Array.from({ length: RESIDENTS_AT_ONCE }, open));
  },

  /** From now on, so many clients a second open, talk and close. */
  async begin({ port, perSecond }: { port: number; perSecond: number }): Promise<void> {
    const startedAtMs = performance.now();
    let begun = 0;
    pace = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAtMs) * perSecond) / 1000);
      for (; begun < due; begun += 1) beginAttempt(port);
    }, TICK_MS);
  },

  /** When the first handshake began that this backend answered, from `sinceMs` on; `undefined`: none until `untilMs`. */
  async servedBy(work: {
    backend: string;
    sinceMs: number;
    untilMs: number;
  }): Promise<{ atMs: number } | undefined> {
    let seen = 0;
    for (;;) {
      for (; seen < attempts.length; seen += 1) {
        const { backend, startMs, failure } = attempts[seen]!;
        if (backend === work.backend && startMs >= work.sinceMs && failure === undefined)
          return { atMs: startMs };
      }
      if (Date.now() >= work.untilMs) return undefined;
      await sleep(POLL_MS);
    }
  },

  /** Nobody comes any more; resolves when those who came have an answer or have lost patience. */
  async end(): Promise<Observed> {
    clearInterval(pace);
    await Promise.all(pending);
    return { attempts, residents };
  },
};

export type PacedClientMethods = typeof methods;

function beginAttempt(port: number): void {
  const done = attempt(port).then((result) => {
    attempts.push(result);
    pending.delete(done);
  });
  pending.add(done);
}

async function addResident(port: number, talkEveryMs: number | undefined): Promise<void> {
  const attempted = new AttemptedSocket(port);
  const failure = await attempted.talk();
  if (failure !== undefined) throw new Error(`a socket that was to stay open did not open: ${failure}`);
  const resident: Resident = { backend: attempted.backend };
  residents.push(resident);
  const talk =
    talkEveryMs === undefined ? undefined : setInterval(() => attempted.socket.write(CHAT), talkEveryMs);
  attempted.socket.once("close", () => {
    clearInterval(talk);
    resident.closedAtMs = Date.now();
  });
}

serve(methods);
