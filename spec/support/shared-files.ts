import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { copyLua } from "../../src/cli/nginx/run-directory";
import { PACKAGE_ROOT } from "../../src/cli/package-root";

/** Jest's workers inherit it. */
const VARIABLE = "SWITCHBOARD_SPEC_FILES";

const PROBE_TLS = "switchboard/probe-tls.conf";
const SYSTEM_CAS = "/etc/ssl/certs/ca-certificates.crt";
const END_OF_CA = "-----END CERTIFICATE-----\n";

/**
 * What all gateways of a run have in common, made once: the compiled modules, which are hundreds of files, and a file of one
 * of the system's CAs, because nginx takes most of its start, and of a reload, to read the hundred and more.
 */
export function makeSharedFiles(): void {
  if (process.env[VARIABLE] !== undefined) return;
  const folder = mkdtempSync(path.join(os.tmpdir(), "switchboard-shared-"));
  process.env[VARIABLE] = folder;
  chmodSync(folder, 0o755);
  mkdirSync(path.join(folder, "lua"));
  copyLua(path.join(folder, "lua"));
  const cas = readFileSync(SYSTEM_CAS, "utf8");
  writeFileSync(path.join(folder, "ca.pem"), cas.slice(0, cas.indexOf(END_OF_CA) + END_OF_CA.length));
}

export function removeSharedFiles(): void {
  const folder = process.env[VARIABLE];
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  delete process.env[VARIABLE];
}

export function sharedLua(): string {
  return path.join(sharedFolder(), "lua");
}

/** The snippet as shipped but for the CA file, which specs that care set themselves: a run directory's further files. */
export function probeTlsOfOneCa(): Record<string, string> {
  const shipped = readFileSync(path.join(PACKAGE_ROOT, "nginx", PROBE_TLS), "utf8");
  return { [`conf/${PROBE_TLS}`]: shipped.replace(SYSTEM_CAS, path.join(sharedFolder(), "ca.pem")) };
}

function sharedFolder(): string {
  const folder = process.env[VARIABLE];
  if (folder === undefined) throw new Error("live-setup.ts has not run");
  return folder;
}
