import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import type { Backend } from "./backend";
import type { Gateway } from "./gateway";
import { handshakeBytes, rawRequest } from "./raw-request";
import { startNamedBackend } from "./worker-probe";

/** What a client of the upstream is given as the name of a peer, by the documented recipe. */
export function tokenOf(secret: string, upstream: string, peer: string): string {
  const text = `switchboard affinity 1\n${upstream}\n${peer}`;
  return createHmac("sha1", secret).update(text).digest().subarray(0, 16).toString("base64url");
}

/** A backend whose 101 and whose plain answers tell its name. */
export function startTellingBackend(name: string): Promise<Backend> {
  return startNamedBackend(name, {
    onHttp: (_request, response) => response.setHeader("Backend", name).end("plain"),
  });
}

export interface Visit {
  readonly status: number;
  /** The backend that answered; `""`: none. */
  readonly backend: string;
  readonly setCookies: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

export interface VisitOptions {
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A plain GET; otherwise a handshake, whose socket is closed again. */
  readonly isPlain?: boolean;
}

export async function visit(
  { port }: Pick<Gateway, "port">,
  target: string,
  { cookie, isPlain = false, ...options }: VisitOptions = {},
): Promise<Visit> {
  const headers = { ...options.headers, ...(cookie === undefined ? {} : { Cookie: cookie }) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const plain = `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join("")}\r\n`;
  const answer = await rawRequest(port, isPlain ? plain : handshakeBytes(target, headers));
  const [head] = answer.raw.split("\r\n\r\n");
  return {
    status: answer.status,
    backend: answer.headers["backend"] ?? "",
    setCookies: [...head!.matchAll(/^set-cookie: (.*)$/gim)].map((match) => match[1]!),
    headers: answer.headers,
  };
}

/** For `files` of a gateway: the shipped http.conf, with these options of init. */
export function initWith(options: string): Record<string, string> {
  const shipped = readFileSync(path.join(PACKAGE_ROOT, "nginx/switchboard/http.conf"), "utf8");
  const changed = shipped.replace(".init()", `.init{ ${options} }`);
  if (changed === shipped) throw new Error("no init() in http.conf");
  return { "conf/switchboard/http.conf": changed };
}
