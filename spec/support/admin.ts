import type { Gateway } from "./gateway";
import { waitFor } from "./wait-for";

export interface PeerView {
  readonly id: string;
  readonly active: number;
}

export interface UpstreamView {
  readonly name: string;
  readonly active: number;
  readonly peers: readonly PeerView[];
}

/** What `GET /v1/upstreams` of the gateway's admin API lists. */
export async function readUpstreams(gateway: Gateway): Promise<readonly UpstreamView[]> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/v1/upstreams`);
  const { upstreams } = (await response.json()) as { upstreams: readonly UpstreamView[] };
  return upstreams;
}

/** Waits until no session is counted anywhere: each slot that was taken has been given back, and none twice. */
export async function whenAllReleased(gateway: Gateway): Promise<void> {
  let seen: unknown;
  const areAllReleased = async (): Promise<boolean> => {
    const upstreams = await readUpstreams(gateway);
    seen = upstreams;
    return upstreams.every(({ active, peers }) => active === 0 && peers.every((peer) => peer.active === 0));
  };
  await waitFor(areAllReleased, { what: "every slot to be free" }).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(seen)}`);
  });
}
