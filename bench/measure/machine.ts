import { spawnSync } from "node:child_process";
import os from "node:os";
import { haproxyVersion } from "../proxies/haproxy";
import { nginx } from "../proxies/nginx-process";

/** Where the figures are from: without it they say nothing. */
export function describeMachine(): Readonly<Record<string, string>> {
  const version = spawnSync(nginx.executable, ["-v"], { encoding: "utf8" }).stderr;
  return {
    cpu: `${os.cpus()[0]?.model.trim()}, ${os.cpus().length} cores`,
    kernel: `${os.type()} ${os.release()}`,
    nginx: version.replace(/^.*version: /, "").trim(),
    haproxy: haproxyVersion() ?? "not installed",
    node: process.version,
  };
}
