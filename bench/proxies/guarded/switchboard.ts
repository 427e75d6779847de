import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { freePort } from "../../../spec/support/free-port";
import { PACKAGE_ROOT } from "../../../src/cli/package-root";
import { startNginx } from "../nginx-process";
import { GUARD } from "./guarded";
import type { Fleet, GuardedProxy, Word } from "./guarded";

const SNIPPETS = "switchboard";
const SHIPPED_CA = "/etc/ssl/certs/ca-certificates.crt";

/** The bundled configuration, with both kinds of health. */
export const guardedSwitchboard: GuardedProxy = {
  name: "switchboard",
  async start(fleet) {
    const [port, adminPort] = [await freePort(), await freePort()];
    const { directory, stop } = await startNginx(port, {
      config: JSON.stringify(config(fleet)),
      changes: {
        listen: `127.0.0.1:${port}`,
        adminListen: `127.0.0.1:${adminPort}`,
        workers: GUARD.workers,
        locationExtra: "access_log off;",
      },
      files: fleet.tls === undefined ? {} : trust(fleet.tls.caFile),
    });
    const reload = (): void => {
      process.kill(Number(readFileSync(path.join(directory, "logs/nginx.pid"), "utf8")), "SIGHUP");
    };
    return { port, reload, word: (peer) => ask(adminPort, peer), stop };
  },
};

function config({ peers, tls, dns }: Fleet): object {
  const seconds = (count: number): string => `${count}s`;
  const listed =
    dns === undefined
      ? peers.map(({ name, host, port }) => ({ id: name, address: `${host}:${port}` }))
      : [{ id: dns.name, address: `${dns.name}:${dns.port}` }];
  const fleet = {
    balancer: "round_robin",
    connect_timeout: seconds(GUARD.handshakeS),
    handshake_timeout: seconds(GUARD.handshakeS),
    retries: GUARD.retries,
    tls: tls === undefined ? false : { server_name: tls.serverName },
    health: {
      active: {
        type: "websocket",
        interval: seconds(GUARD.probeIntervalS),
        timeout: `${GUARD.probeTimeoutMs}ms`,
        fall: GUARD.fall,
        rise: GUARD.rise,
      },
      passive: {
        max_fails: GUARD.maxFails,
        window: seconds(GUARD.ejectS),
        eject: seconds(GUARD.ejectS),
        early_close: "100ms",
      },
    },
    peers: listed,
  };
  const resolver = dns === undefined ? {} : { addresses: [dns.server], ttl_min: "1s" };
  return { resolver, upstreams: { fleet }, routes: [{ id: "all", path: "/*", upstream: "fleet" }] };
}

/** The shipped snippets, those for clients' handshakes and for probes, with the one change that their first lines ask for. */
function trust(caFile: string): Record<string, string> {
  const folder = path.join(PACKAGE_ROOT, "nginx", SNIPPETS);
  const texts = readdirSync(folder).map(
    (name) => [name, readFileSync(path.join(folder, name), "utf8")] as const,
  );
  const changed = texts.filter(([, text]) => text.includes(SHIPPED_CA));
  return Object.fromEntries(
    changed.map(([name, text]) => [`conf/${SNIPPETS}/${name}`, text.replaceAll(SHIPPED_CA, caFile)]),
  );
}

interface Listed {
  readonly address: string;
  readonly health: "up" | "down";
  readonly health_reason: string;
  /** It is listed for the sessions it still has. */
  readonly removed: boolean;
}

async function ask(adminPort: number, { host, port }: Fleet["peers"][number]): Promise<Word> {
  // On a connection of its own: one that is kept alive ends up in a worker that is about to exit.
  const response = await fetch(`http://127.0.0.1:${adminPort}/v1/upstreams/fleet`, {
    headers: { connection: "close" },
  });
  const { peers } = (await response.json()) as { peers: readonly Listed[] };
  const peer = peers.find(({ address, removed }) => address === `${host}:${port}` && !removed);
  if (peer === undefined) return { isUp: false, reason: "not listed" };
  const isUp = peer.health === "up";
  return { isUp, reason: isUp ? "" : peer.health_reason };
}
