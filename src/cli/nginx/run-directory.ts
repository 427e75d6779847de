import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { Failure } from "../failure";
import { PACKAGE_ROOT } from "../package-root";
import { changeConf } from "./bundled-conf";
import type { ConfChanges, ConfFiles } from "./bundled-conf";
import type { NginxKind } from "./kinds";

export interface RunDirectoryOptions {
  readonly kind: NginxKind;
  /** The text of `conf/switchboard.json`. */
  readonly config: string;
  readonly changes?: ConfChanges;
  /** A whole `nginx.conf` in place of the bundled one; `changes` apply to it as well. */
  readonly conf?: string;
  /** Further files, by path under the directory. */
  readonly files?: Readonly<Record<string, string>>;
  /** A folder that `copyLua` made and that outlives the directory, to link to in place of a copy. */
  readonly sharedLua?: string;
}

const BUNDLED = path.join(PACKAGE_ROOT, "nginx");
const SNIPPETS = "switchboard";

/**
 * Makes a prefix for nginx: `conf/`, `lua/`, `logs/` and `state/`. It stands under the system's temporary folder and not
 * in the package, because workers run as another user than the master and the package may be in a folder that is
 * closed to them.
 */
export function makeRunDirectory(options: RunDirectoryOptions): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), "switchboard-"));
  try {
    fill(directory, options);
    return directory;
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

function fill(directory: string, options: RunDirectoryOptions): void {
  const conf = changeConf(readConf(options), options.changes ?? {});
  chmodSync(directory, 0o755);
  for (const folder of ["conf", "logs", "state"]) makeFolder(path.join(directory, folder));
  for (const [name, text] of Object.entries(conf)) writeReadable(path.join(directory, "conf", name), text);
  writeReadable(path.join(directory, "conf/switchboard.json"), options.config);
  for (const [name, text] of Object.entries(options.files ?? {}))
    writeReadable(path.join(directory, name), text);
  const lua = path.join(directory, "lua");
  if (options.sharedLua === undefined) copyLua(lua);
  else linkLua(options.sharedLua, lua);
  giveToWorkers(path.join(directory, "state"), conf);
}

/** Copies the compiled modules, which workers may read there whatever folder the package is in. */
export function copyLua(to: string): void {
  copyReadable(path.join(PACKAGE_ROOT, "dist/lua"), to);
}

/** The folder itself is the directory's own: `files` may be in it. */
function linkLua(shared: string, to: string): void {
  makeFolder(to);
  for (const name of readdirSync(shared)) symlinkSync(path.join(shared, name), path.join(to, name));
}

function readConf(options: RunDirectoryOptions): ConfFiles {
  const read = (name: string): [string, string] => [name, readFileSync(path.join(BUNDLED, name), "utf8")];
  const snippets = readdirSync(path.join(BUNDLED, SNIPPETS)).map((name) => `${SNIPPETS}/${name}`);
  const files = Object.fromEntries([...snippets, ...options.kind.confFiles].map(read));
  return { ...files, "nginx.conf": options.conf ?? read("nginx.conf")[1] };
}

/** Workers of a master that is root run as the user of the conf, or as nginx's own default. */
function giveToWorkers(folder: string, conf: ConfFiles): void {
  if (process.getuid?.() !== 0) return;
  const user = /^\s*user\s+(\w[\w-]*)/m.exec(Object.values(conf).join("\n"))?.[1] ?? "nobody";
  try {
    const id = (flag: string): number =>
      Number(execFileSync("id", [flag, user], { encoding: "utf8", stdio: "pipe" }));
    chownSync(folder, id("-u"), id("-g"));
  } catch {
    throw new Failure(`nginx.conf: no such user: ${user}`);
  }
}

function copyReadable(from: string, to: string): void {
  makeFolder(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) copyReadable(source, target);
    else putReadable(target, readFileSync(source));
  }
}

/** The modes are set apart: the one given at creation is cut by the umask. */
function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
}

export function writeReadable(file: string, content: string | Buffer): void {
  makeFolder(path.dirname(file));
  putReadable(file, content);
}

/** Into a folder that is there. */
function putReadable(file: string, content: string | Buffer): void {
  writeFileSync(file, content);
  chmodSync(file, 0o644);
}
