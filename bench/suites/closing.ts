import type { Ends } from "./suite";

const TIMEOUT_MS = 10_000;

/** Closes what is open and waits until the proxy has ended the sessions too, so that the work of ending them is counted. */
export async function closeAll({ clients, backend }: Ends): Promise<void> {
  await clients.ask("closeAll", undefined);
  await backend.ask("settle", { timeoutMs: TIMEOUT_MS });
}
