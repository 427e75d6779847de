import { rmSync } from "node:fs";
import path from "node:path";
import { makeCertificates } from "../../spec/support/certificates";
import type { Certificates } from "../../spec/support/certificates";
import { DnsServer } from "../../spec/support/dns-server";
import { startFaultyBackend } from "../../spec/support/faults/faulty-backend";
import type { FaultyBackend, FaultyBackendOptions } from "../../spec/support/faults/faulty-backend";
import { freePort } from "../../spec/support/free-port";
import type { Fleet } from "../proxies/guarded/guarded";
import type { Fault } from "./fault";

export const PEERS = 4;
/** By which the backends are found where the fault is one of names. */
export const FLEET_NAME = "fleet.test";
const RIGHT_NAME = "right.test";
const FIRST_HOST = 11;

/** Backends, and how a proxy reaches them. */
export interface StartedFleet {
  readonly backends: readonly FaultyBackend[];
  readonly fleet: Fleet;
  readonly dns?: DnsServer;
  stop(): Promise<void>;
}

export async function startFleet(fault: Fault, identities: Identities): Promise<StartedFleet> {
  const port = fault.by === "name" ? await freePort() : undefined;
  const tls = fault.by === "tls" ? identities.ofBackends : undefined;
  const backends = await startAll({ port, tls });
  const dns = port === undefined ? undefined : await DnsServer.start();
  dns?.setAddresses(FLEET_NAME, backends.map(hostOf), 1);
  return {
    backends,
    dns,
    fleet: {
      peers: backends.map((backend) => ({ name: backend.name, host: hostOf(backend), port: backend.port })),
      tls: tls && { serverName: RIGHT_NAME, caFile: identities.caFile },
      dns: dns && { name: FLEET_NAME, port: port!, server: dns.address },
      isQuiet: fault.quietSockets !== undefined,
    },
    async stop() {
      await Promise.all([...backends.map((backend) => backend.close()), dns?.stop()]);
    },
  };
}

/** Of those that have started none is left if one fails. */
async function startAll(options: FaultyBackendOptions): Promise<FaultyBackend[]> {
  const starts = await Promise.allSettled(
    Array.from({ length: PEERS }, (_, index) => startOne(index, options)),
  );
  const started = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  const failed = starts.find(({ status }) => status === "rejected");
  if (failed === undefined) return started;
  await Promise.all(started.map((backend) => backend.close()));
  throw (failed as PromiseRejectedResult).reason;
}

/** Those of one name have one port and addresses of their own. */
function startOne(index: number, options: FaultyBackendOptions): Promise<FaultyBackend> {
  const host = options.port === undefined ? "127.0.0.1" : `127.0.0.${FIRST_HOST + index}`;
  return startFaultyBackend({ ...options, name: `b${index}`, host });
}

function hostOf({ address }: FaultyBackend): string {
  return address.split(":")[0]!;
}

/** Who the backends are over TLS. */
export interface Identities {
  readonly ofBackends: NonNullable<FaultyBackendOptions["tls"]>;
  readonly caFile: string;
  remove(): void;
}

/** One CA signs both, so that a proxy has nothing but the name to tell them apart. */
export function makeIdentities(): Identities {
  const right = makeCertificates([RIGHT_NAME]);
  const wrong = makeCertificates(["wrong.test"], right);
  const identityOf = ({ keyText, certText }: Certificates): { key: string; cert: string } => ({
    key: keyText,
    cert: certText,
  });
  return {
    ofBackends: { right: identityOf(right), wrong: identityOf(wrong) },
    caFile: right.ca,
    remove() {
      for (const { ca } of [right, wrong]) rmSync(path.dirname(ca), { recursive: true, force: true });
    },
  };
}
