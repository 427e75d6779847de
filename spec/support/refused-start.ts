import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { ensurePlatform } from "../../src/cli/nginx/ensure";
import { THIS_MACHINE } from "../../src/cli/nginx/find";
import { makeRunDirectory } from "../../src/cli/nginx/run-directory";
import { onCleanup } from "./cleanup";
import { freePort } from "./free-port";
import { probeTlsOfOneCa, sharedLua } from "./shared-files";

export interface RefusedStart {
  /** What nginx exits with; `undefined` if it was still running when the time was up. */
  readonly exitCode: number | undefined;
  readonly stderr: string;
  readonly tookMs: number;
}

const TIME_MS = 5_000;

/**
 * Starts nginx in its bundled configuration with a config file that must stop it.
 * @param prepare changes what is in nginx's prefix before the start
 */
export async function startRefused(
  config: string,
  prepare: (directory: string) => void = () => undefined,
): Promise<RefusedStart> {
  const { nginx } = ensurePlatform({ ...THIS_MACHINE, mayInstall: false });
  const changes = { listen: `127.0.0.1:${await freePort()}`, adminListen: `127.0.0.1:${await freePort()}` };
  const directory = makeRunDirectory({
    kind: nginx.kind,
    config,
    changes,
    files: probeTlsOfOneCa(),
    sharedLua: sharedLua(),
  });
  onCleanup(() => rmSync(directory, { recursive: true, force: true }));
  prepare(directory);
  const startedAt = performance.now();
  const args = ["-p", directory, "-c", "conf/nginx.conf", "-g", "daemon off;"];
  const { status, stderr } = spawnSync(nginx.executable, args, { encoding: "utf8", timeout: TIME_MS });
  return { exitCode: status ?? undefined, stderr, tookMs: performance.now() - startedAt };
}
