import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../spec/support/free-port";
import { Failure } from "../../../src/cli/failure";
import { canConnect } from "../../../src/cli/nginx/ports";
import { childrenOf, isAlive, signal } from "../../../src/cli/nginx/processes";
import { GUARD } from "./guarded";
import type { Fleet, GuardedProxy, Word } from "./guarded";

/** `tcp` connects; `upgrade` asks for a WebSocket and wants a 101. */
export type Check = "tcp" | "upgrade";

const START_MS = 10_000;
const STOP_MS = 2_000;
const POLL_MS = 10;

export function guardedHaproxy(check: Check): GuardedProxy {
  return {
    name: check === "tcp" ? "haproxy" : "haproxy, upgrade check",
    async start(fleet) {
      const port = await freePort();
      const directory = mkdtempSync(path.join(os.tmpdir(), "switchboard-bench-"));
      const [file, socket] = [path.join(directory, "haproxy.cfg"), path.join(directory, "stats.sock")];
      writeFileSync(file, conf(port, socket, check, fleet));
      // Under a master (-W), as a service runs, because only that can reload.
      const child = spawn("haproxy", ["-W", "-db", "-q", "-f", file], {
        stdio: ["ignore", "ignore", "ignore"],
      });
      const ended = once(child, "exit");
      const stop = async (): Promise<void> => {
        const workers = childrenOf(child.pid!).map(({ pid }) => pid);
        child.kill("SIGTERM");
        const deadline = Date.now() + STOP_MS;
        while (workers.some(isAlive) && Date.now() < deadline) await sleep(POLL_MS);
        for (const pid of workers) signal(pid, "SIGKILL");
        child.kill("SIGKILL");
        await ended;
        rmSync(directory, { recursive: true, force: true });
      };
      const deadline = Date.now() + START_MS;
      while (!(await canConnect(port))) {
        if (child.exitCode !== null || Date.now() > deadline) {
          await stop();
          throw new Failure("haproxy did not start");
        }
        await sleep(POLL_MS);
      }
      return { port, reload: () => void child.kill("SIGUSR2"), word: (peer) => ask(socket, peer), stop };
    },
  };
}

/** From its statistics: each line is a server, its fields separated by commas, the first line their names. */
async function ask(socket: string, peer: Fleet["peers"][number]): Promise<Word> {
  const [names, ...lines] = (await command(socket, "show stat\n")).split("\n").map((line) => line.split(","));
  const field = (line: readonly string[], name: string): string => line[names!.indexOf(name)] ?? "";
  const server = lines.find((line) => field(line, "addr") === `${peer.host}:${peer.port}`);
  if (server === undefined) return { isUp: false, reason: "not listed" };
  const isUp = field(server, "status").startsWith("UP");
  return { isUp, reason: isUp ? "" : `${field(server, "status")} ${field(server, "check_status")}`.trim() };
}

async function command(path: string, text: string): Promise<string> {
  const socket = net.connect(path);
  let answer = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (answer += chunk));
  socket.write(text);
  await once(socket, "close");
  return answer;
}

function conf(port: number, socket: string, check: Check, fleet: Fleet): string {
  return `
global
    nbthread ${GUARD.workers}
    maxconn 9000
    stats socket ${socket} level admin expose-fd listeners
    stats timeout 1h
defaults
    mode http
    timeout connect ${GUARD.handshakeS}s
    timeout client 1h
    timeout server ${GUARD.handshakeS}s
    timeout tunnel 1h
    timeout check ${GUARD.probeTimeoutMs}ms
    retries ${GUARD.retries}
    option redispatch 1
    retry-on conn-failure empty-response junk-response response-timeout
${fleet.dns === undefined ? "" : resolvers(fleet.dns)}
frontend clients
    bind 127.0.0.1:${port}
    default_backend fleet
backend fleet
    balance roundrobin
${check === "upgrade" ? UPGRADE_CHECK : ""}
    default-server check inter ${GUARD.probeIntervalS}s fall ${GUARD.fall} rise ${GUARD.rise}${tlsOptions(fleet)}
${servers(fleet)}
`;
}

const UPGRADE_CHECK = `
    option httpchk
    http-check send meth GET uri / ver HTTP/1.1 hdr Host fleet hdr Connection Upgrade hdr Upgrade websocket hdr Sec-WebSocket-Version 13 hdr Sec-WebSocket-Key dGhlIHNhbXBsZSBub25jZQ==
    http-check expect status 101`;

function resolvers({ server }: NonNullable<Fleet["dns"]>): string {
  return `
resolvers fleet_dns
    nameserver one ${server}
    timeout resolve 1s
    timeout retry 1s
    hold valid 1s
    hold obsolete 0s`;
}

function tlsOptions({ tls }: Fleet): string {
  if (tls === undefined) return "";
  const { serverName, caFile } = tls;
  return ` ssl verify required ca-file ${caFile} sni str(${serverName}) check-sni ${serverName} verifyhost ${serverName}`;
}

function servers({ peers, dns }: Fleet): string {
  if (dns !== undefined)
    return `    server-template s ${peers.length} ${dns.name}:${dns.port} resolvers fleet_dns init-addr none`;
  return peers.map(({ name, host, port }) => `    server ${name} ${host}:${port}`).join("\n");
}
