import type { DnsServer } from "../../spec/support/dns-server";
import type { FaultyBackend } from "../../spec/support/faults/faulty-backend";
import type { RunningGuard } from "../proxies/guarded/guarded";

/** One proxy with its backends, between clients who come and go. */
export interface Stage {
  readonly backends: readonly FaultyBackend[];
  readonly proxy: RunningGuard;
  /** Where the fault is one of names. */
  readonly dns?: DnsServer;
}

/** Ends the fault; resolves when it is over. */
export type Heal = () => Promise<void>;

export interface Fault {
  readonly name: string;
  readonly what: string;
  readonly heldMs: number;
  /** Every backend has it, not the first alone. */
  readonly isTotal?: boolean;
  /** Between the fault's begin and end the backend is well at times, and rightly used. */
  readonly isIntermittent?: boolean;
  /** How the backends are reached; absent: by address, without TLS. */
  readonly by?: "tls" | "name";
  /** Clients; absent: 200. */
  readonly perSecond?: number;
  /** Sockets that are open before and stay; absent: 40 that talk. */
  readonly quietSockets?: number;
  /** Brings it about; resolves when it is in force. */
  begin(stage: Stage): Promise<Heal>;
}
