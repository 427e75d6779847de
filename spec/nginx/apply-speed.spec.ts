import { getStatus } from "../support/admin-calls";
import { startGateway } from "../support/gateway";
import { largeDocument } from "../support/large-documents";
import { longestSlices, SLICE_PROBE } from "../support/longest-slice";
import { waitFor } from "../support/wait-for";

/** Far above what the benchmark `control` finds, for machines that are slow or busy. */
const LIVE_WITHIN_MS = 5_000;
/** The decoder takes the whole document in one piece; before it was cut, the rest took several hundred. */
const LEADER_MS = 150;
const OTHER_WORKER_MS = 20;
const PROBED_S = 2;

it.each([
  [10_000, 1_000],
  [10_000, 1],
])(
  "one changed peer of %i in %i upstreams holds no worker up",
  async (peers, upstreams) => {
    const document = largeDocument(peers, upstreams);
    const gateway = await startGateway({ config: document, workers: 2, serverExtra: SLICE_PROBE });
    const before = (await getStatus(gateway)).generation;
    const probing = longestSlices(gateway, PROBED_S);
    document.upstreams["upstream-0"]!.peers[7]!.weight = 9;
    gateway.writeConfig(document);
    await waitFor(async () => (await getStatus(gateway)).generation > before, {
      timeoutMs: LIVE_WITHIN_MS,
      what: "the change",
    });
    const [other, leader] = [...(await probing).values()].sort((a, b) => a - b);
    expect(other).toBeLessThan(OTHER_WORKER_MS);
    expect(leader).toBeLessThan(LEADER_MS);
  },
  60_000,
);
