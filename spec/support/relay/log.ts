import type { Gateway } from "../gateway";
import { waitFor } from "../wait-for";

/** How the session of this target ended, as the access log has it. */
export async function outcomeOf(gateway: Gateway, target: string): Promise<string> {
  const line = await waitFor(() => gateway.accessLog().find((entry) => entry.includes(`GET ${target} `)), {
    what: `the access log of ${target}`,
  });
  return (JSON.parse(line) as { outcome: string }).outcome;
}
