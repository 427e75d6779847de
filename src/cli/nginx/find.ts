import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { KINDS } from "./kinds";
import type { NginxKind } from "./kinds";

export interface Nginx {
  readonly executable: string;
  readonly kind: NginxKind;
}

/** Where to look. The default is this machine; specs look at an empty one. */
export interface SearchSpace {
  readonly searchPath: string;
  readonly hasUsualPlaces: boolean;
  /** Whether what is not found may be installed. */
  readonly mayInstall: boolean;
}

export const THIS_MACHINE: SearchSpace = {
  searchPath: process.env["PATH"] ?? "",
  hasUsualPlaces: true,
  mayInstall: true,
};

export interface Inspection {
  readonly nginx?: Nginx;
  /** Why the executable cannot be used, in words for the operator. */
  readonly problem?: string;
}

/** The first usable nginx, or what is wrong with the first one that was found. */
export function findNginx(space: SearchSpace = THIS_MACHINE): Inspection {
  const inspections = KINDS.flatMap((kind) => candidates(kind.commands, kind.places, space)).map(
    (executable) => inspect(executable),
  );
  return (
    inspections.find((inspection) => inspection.nginx !== undefined) ??
    inspections[0] ?? { problem: "neither openresty nor nginx is installed" }
  );
}

export function findLuajit(space: SearchSpace = THIS_MACHINE): string | undefined {
  return candidates(
    ["luajit"],
    KINDS.flatMap((kind) => kind.luajitPlaces),
    space,
  )[0];
}

/** Tells an executable's kind and whether everything that kind needs is there. */
export function inspect(executable: string, kinds: readonly NginxKind[] = KINDS): Inspection {
  const asked = spawnSync(executable, ["-V"], { encoding: "utf8" });
  if (asked.status !== 0) return { problem: `${executable} is not an nginx` };
  const kind = kinds.find(({ mark }) => mark.test(asked.stderr));
  if (kind === undefined) return { problem: `${executable} is not an nginx` };
  const missing = kind.needs.filter(({ file }) => !isPresent(file));
  if (missing.length === 0) return { nginx: { executable, kind } };
  const list = missing.map((need) => `${need.file} (package ${need.package})`).join(", ");
  return { problem: `${executable} lacks ${list}` };
}

function candidates(commands: readonly string[], places: readonly string[], space: SearchSpace): string[] {
  const folders = space.searchPath.split(path.delimiter).filter((folder) => folder !== "");
  const onPath = commands.flatMap((command) => folders.map((folder) => path.join(folder, command)));
  return [...onPath, ...(space.hasUsualPlaces ? places : [])].filter(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isPresent(pattern: string): boolean {
  const [before, after] = pattern.split("*");
  if (after === undefined) return existsSync(pattern);
  return readdirSync(before!).some((folder) => existsSync(`${before}${folder}${after}`));
}
