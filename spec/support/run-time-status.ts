import { adminRequest } from "./admin-request";
import type { Gateway } from "./gateway";
import { waitFor } from "./wait-for";

/** What status says of run-time changes. */
export interface RunTimeStatus {
  readonly generation: number;
  readonly leader: number;
  readonly config_error: string;
  readonly last_reload_error: string;
  readonly state_error: string;
  readonly file_shadowed: boolean;
  readonly overrides: number;
  readonly dropped_overrides: readonly string[];
}

export async function readStatus(gateway: Gateway): Promise<RunTimeStatus> {
  return (await adminRequest<RunTimeStatus>(gateway, "GET", "/v1/status")).json;
}

/** Waits for a status in which all of these fields are so, or match. */
export async function whenStatus(
  gateway: Gateway,
  wanted: Readonly<Partial<Record<keyof RunTimeStatus, unknown>>>,
): Promise<RunTimeStatus> {
  let seen: RunTimeStatus | undefined;
  const isSo = async (): Promise<boolean> => {
    seen = await readStatus(gateway);
    return Object.entries(wanted).every(([field, value]) => {
      const found = seen![field as keyof RunTimeStatus];
      return value instanceof RegExp ? value.test(String(found)) : found === value;
    });
  };
  await waitFor(isSo, { timeoutMs: 10_000, what: "the status" }).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(seen)}`);
  });
  return seen!;
}
