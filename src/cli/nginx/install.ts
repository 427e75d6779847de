import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DEBIAN_PACKAGES } from "./kinds";

/** Debian's tools ask this program whether a package may start its service; 101 is no. */
const SERVICE_POLICY = "/usr/sbin/policy-rc.d";

export function canInstall(): boolean {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return process.getuid?.() === 0 && folders.some((folder) => existsSync(path.join(folder, "apt-get")));
}

/**
 * Installs Debian's nginx with the Lua module, or other packages, without a question, and without starting the system's own nginx.
 * @returns whether apt-get succeeded
 */
export function installWithApt(policy = SERVICE_POLICY, packages = DEBIAN_PACKAGES): boolean {
  console.log(`apt-get install ${packages.join(" ")}`);
  return withoutServices(policy, () => {
    // Where one of several sources is out of reach this fails, and the install may well succeed.
    aptGet("update");
    return aptGet("install", "-y", "--no-install-recommends", ...packages);
  });
}

function aptGet(...args: string[]): boolean {
  const { status } = spawnSync("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=120", ...args], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return status === 0;
}

/** An operator's own policy stays; ours is gone afterwards, after a Ctrl-C too, which ends apt-get alone. */
function withoutServices<T>(policy: string, work: () => T): T {
  if (existsSync(policy)) return work();
  const outliveSignal = (): void => undefined;
  process.on("SIGINT", outliveSignal).on("SIGTERM", outliveSignal);
  writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return work();
  } finally {
    rmSync(policy, { force: true });
    process.off("SIGINT", outliveSignal).off("SIGTERM", outliveSignal);
  }
}
