import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { copyLua } from "../../src/cli/nginx/run-directory";

/** Jest's workers inherit it. */
const VARIABLE = "SWITCHBOARD_SPEC_LUA";

/** One copy of the compiled modules for all gateways of a run: hundreds of files, and hundreds of gateways. */
export function makeSharedLua(): void {
  if (process.env[VARIABLE] !== undefined) return;
  const folder = mkdtempSync(path.join(os.tmpdir(), "switchboard-lua-"));
  chmodSync(folder, 0o755);
  process.env[VARIABLE] = folder;
  copyLua(folder);
}

export function removeSharedLua(): void {
  const folder = process.env[VARIABLE];
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  delete process.env[VARIABLE];
}

/** The copy's folder; without one each gateway makes its own. */
export function sharedLua(): string | undefined {
  return process.env[VARIABLE];
}
