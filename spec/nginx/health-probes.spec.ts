import { whenHealth } from "../support/peer-health";
import { ONE_EACH_MS, startProbed, timeOfProbesMs, whenAllProbed } from "../support/probed-backends";

describe.each([2, 4])("with %d workers", (workers) => {
  it("a peer is probed once in each interval, by whichever type", async () => {
    const { gateway, counts } = await startProbed(workers);
    await whenAllProbed(counts, 3);
    expect(await timeOfProbesMs(counts)).toBeGreaterThan(ONE_EACH_MS);
    await whenAllProbed(counts);
    for (const upstream of Object.keys(counts)) await whenHealth(gateway, { a: "up" }, { upstream });
  });
});
