import type { Gateway } from "./gateway";
import { waitFor } from "./wait-for";

/** A peer as the admin API shows it. */
export interface PeerView {
  readonly id: string;
  readonly address: string;
  readonly weight: number;
  /** Not in the config any more, and with open sessions. */
  readonly removed: boolean;
  readonly active: number;
}

/** An upstream as the admin API shows it. */
export interface UpstreamView {
  readonly name: string;
  readonly active: number;
  readonly peers: readonly PeerView[];
}

export async function readUpstream(gateway: Gateway, name: string): Promise<UpstreamView> {
  return (await read(gateway, `/v1/upstreams/${name}`)) as UpstreamView;
}

/** Waits until no session is counted anywhere: each slot that was taken has been given back, and none twice. */
export async function whenNothingIsCounted(gateway: Gateway): Promise<void> {
  let seen: unknown;
  const areAllReleased = async (): Promise<boolean> => {
    const { upstreams } = (await read(gateway, "/v1/upstreams")) as { upstreams: UpstreamView[] };
    seen = upstreams;
    return upstreams.every(({ active, peers }) => active === 0 && peers.every((peer) => peer.active === 0));
  };
  await waitFor(areAllReleased, { what: "every count to be 0" }).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(seen)}`);
  });
}

async function read(gateway: Gateway, target: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}${target}`);
  if (!response.ok) throw new Error(`${target}: ${response.status} ${await response.text()}`);
  return response.json();
}
