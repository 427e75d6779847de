import { setTimeout as sleep } from "node:timers/promises";
import type { AdminClient } from "../client/admin-client";
import { upstreamPath } from "../client/paths";
import type { PeerName } from "../client/paths";
import { Refusal } from "../client/refusal";
import type { PeerView, UpstreamView } from "../client/shapes";
import { EXIT, Failure } from "../failure";
import { count } from "../output/amounts";
import { isReady } from "../output/peers";
import { startProgress } from "../output/progress";

const POLL_MS = 500;

/** At most this part of the time goes into the gateway's answers: an upstream may have thousands of peers. */
const SHARE = 0.1;

/**
 * Waits until a peer that takes no new sessions has none left, or is gone, and shows how many are left meanwhile. Ctrl-C
 * ends the waiting alone.
 * @param peer as the change has left it
 * @param what goes on with it, for messages: "draining"
 * @throws Failure if it is taken back into use, or the gateway is gone for longer than the client's timeout
 */
export async function waitUntilEmpty(
  client: AdminClient,
  name: PeerName,
  peer: PeerView,
  what: string,
): Promise<PeerView> {
  const title = `${name.upstream}/${name.peer}`;
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  const progress = startProgress(process.stderr, title, peer.active);
  const poll = new PeerPoll(client, name, interruption.signal);
  let latest = peer;
  try {
    while (latest.active > 0) {
      latest = await poll.next(latest);
      if (isReady(latest))
        throw new Failure(
          `${title}: ready again, no longer ${what}; ${count(latest.active, "session")} open`,
        );
      progress.update(latest.active);
    }
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    progress.stop();
    const left = `${count(latest.active, "session")} left`;
    throw new Failure(`${title}: stopped waiting; it goes on ${what}, ${left}`, EXIT.interrupted);
  } finally {
    progress.stop();
    process.removeListener("SIGINT", interrupt);
  }
  return latest;
}

/** Asks for one peer again and again. */
class PeerPoll {
  private pauseMs = POLL_MS;

  constructor(
    private readonly client: AdminClient,
    private readonly name: PeerName,
    private readonly signal: AbortSignal,
  ) {}

  /** The peer a while later; without sessions if it is no longer there. An outage shorter than the timeout is bridged. */
  async next(latest: PeerView): Promise<PeerView> {
    const lastSeenMs = Date.now();
    for (;;) {
      await sleep(this.pauseMs, undefined, { signal: this.signal });
      try {
        return (await this.ask()) ?? { ...latest, active: 0 };
      } catch (error) {
        const isOutage = error instanceof Failure && error.exitCode === EXIT.unreachable;
        if (!isOutage || this.signal.aborted || Date.now() - lastSeenMs > this.client.timeoutMs) throw error;
      }
    }
  }

  private async ask(): Promise<PeerView | undefined> {
    const askedMs = Date.now();
    const path = upstreamPath(this.name.upstream);
    try {
      const { peers } = await this.client.get<UpstreamView>(path, undefined, this.signal);
      return together(peers.filter(({ id }) => isOf(id, this.name.peer)));
    } catch (error) {
      if (error instanceof Refusal && error.error.code === "no_such_upstream") return undefined;
      throw error;
    } finally {
      this.pauseMs = Math.max(POLL_MS, (Date.now() - askedMs) / SHARE);
    }
  }
}

/** A peer whose name has several addresses is listed once for each, as `id#address`. */
function isOf(listed: string, id: string): boolean {
  return listed === id || listed.startsWith(`${id}#`);
}

function together(entries: readonly PeerView[]): PeerView | undefined {
  const [first] = entries;
  if (first === undefined) return undefined;
  return { ...first, active: entries.reduce((sum, { active }) => sum + active, 0) };
}
