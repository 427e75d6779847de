import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { ensurePlatform } from "../../src/cli/nginx/ensure";
import { THIS_MACHINE } from "../../src/cli/nginx/find";
import { makeRunDirectory } from "../../src/cli/nginx/run-directory";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { onCleanup } from "../support/cleanup";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";

const CONFIG = { upstreams: {}, routes: [] };

function openFilesLimit(pid: number): { soft: number; hard: number } {
  const limits = readFileSync(`/proc/${pid}/limits`, "utf8");
  const [, soft, hard] = /^Max open files +(\d+) +(\d+)/m.exec(limits)!;
  return { soft: Number(soft), hard: Number(hard) };
}

it("the bundled conf starts a worker for each processor, with as many files as the system allows", async () => {
  const conf = readFileSync(path.join(PACKAGE_ROOT, "nginx/nginx.conf"), "utf8");
  const gateway = await startGateway({
    config: CONFIG,
    conf: conf
      .replace("listen 8020", "listen 127.0.0.1:{port}")
      .replace("127.0.0.1:8021", "127.0.0.1:{admin_port}"),
  });
  await waitFor(() => gateway.workerPids().length === availableParallelism(), {
    what: "a worker a processor",
  });
  for (const pid of gateway.workerPids()) {
    const { soft, hard } = openFilesLimit(pid);
    expect(soft).toBeGreaterThanOrEqual(Math.min(hard, 1_048_576));
  }
});

it("nginx -t does not read the config file: `switchboard check` is for that", () => {
  const { nginx } = ensurePlatform({ ...THIS_MACHINE, mayInstall: false });
  const directory = makeRunDirectory({ kind: nginx.kind, config: "not JSON", changes: {} });
  onCleanup(() => rmSync(directory, { recursive: true, force: true }));
  const { status } = spawnSync(nginx.executable, ["-p", directory, "-c", "conf/nginx.conf", "-t"]);
  expect(status).toBe(0);
});
