import { existsSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";
import { canInstall, installWithApt } from "../../../src/cli/nginx/install";
import { isAlive, signal } from "../../../src/cli/nginx/processes";
import { onCleanup } from "../cleanup";
import { waitFor } from "../wait-for";

const COMMANDS = ["chromium", "chromium-browser", "google-chrome"];
const PACKAGES = ["chromium"];
/** Root may not use the sandbox, and a small machine has little shared memory. */
const FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"];
const LAUNCH_TIMEOUT_MS = 60_000;

/** Finds a Chromium and, where that is possible, installs it first; that blocks. */
export function ensureChromium(): string {
  const found = findChromium();
  if (found !== undefined) return found;
  const isInstalled = canInstall() && installWithApt(undefined, PACKAGES);
  const installed = isInstalled ? findChromium() : undefined;
  if (installed === undefined)
    throw new Error(`no Chromium; on Debian as root: apt-get install ${PACKAGES.join(" ")}`);
  return installed;
}

/** A browser without a window and with a profile of its own; it is gone with the spec. */
export async function startBrowser(executablePath: string): Promise<Browser> {
  const server = await chromium.launchServer({
    executablePath,
    args: FLAGS,
    host: "127.0.0.1",
    timeout: LAUNCH_TIMEOUT_MS,
  });
  const pid = server.process().pid!;
  onCleanup(async () => {
    await server.close();
    // It closes in order; should that take too long, it is ended.
    await waitFor(() => !isAlive(pid), { timeoutMs: 5_000, what: "the browser to end" }).catch(() =>
      signal(pid, "SIGKILL"),
    );
  });
  return chromium.connect(server.wsEndpoint());
}

function findChromium(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return COMMANDS.flatMap((command) => folders.map((folder) => path.join(folder, command))).find((file) =>
    existsSync(file),
  );
}
