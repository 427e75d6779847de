/**
 * `node src/build/setup.mjs TASK [ARGUMENT...]`: what every npm script runs. It uses nothing but Node, because on a fresh
 * checkout there is nothing else: it installs the npm dependencies if they are missing or stale, compiles what runs in
 * Node if its sources changed, and hands over to the compiled tasks in this same process, so that a signal has one
 * addressee.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const STAMPS = "dist/.stamps";
const NODE_SOURCES = ["src/core", "src/admin", "src/relay", "src/cli", "src/simulator", "src/build"];

process.chdir(ROOT);
if (!isInstalled()) {
  const command = existsSync("package-lock.json") ? "ci" : "install";
  console.log(`npm ${command}`);
  run("npm", [command, "--include=dev", "--no-audit", "--no-fund"]);
}
refresh("dist/node", [...NODE_SOURCES, "tsconfig.json", "tsconfig.build.json"], () => {
  rmSync("dist/types", { recursive: true, force: true });
  run("node_modules/.bin/tsc", ["-p", "tsconfig.build.json"]);
});
const { runTask } = await import(path.join(ROOT, "dist/node/build/tasks.js"));
await runTask(process.argv[2], process.argv.slice(3), refresh);

/**
 * Whether node_modules holds what the lock file says, by npm's own record of what it installed. A linked node_modules
 * is somebody else's and is left alone.
 */
function isInstalled() {
  if (lstatSync("node_modules", { throwIfNoEntry: false })?.isSymbolicLink()) return true;
  if (!existsSync("node_modules/.package-lock.json") || !existsSync("package-lock.json")) return false;
  const read = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
  const installed = read("node_modules/.package-lock.json");
  return Object.entries(read("package-lock.json")).every(
    ([name, wanted]) => name === "" || wanted.optional || installed[name]?.integrity === wanted.integrity,
  );
}

/**
 * Makes `output` anew with `make` if the content of its inputs (files and folders), or of the toolchain, is not what it
 * was made from.
 */
function refresh(output, inputs, make) {
  const hash = createHash("sha256");
  for (const file of [...inputs, "package-lock.json"].flatMap(filesIn)) {
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  }
  const digest = hash.digest("hex");
  const stamp = path.join(STAMPS, output.replaceAll("/", "-"));
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  rmSync(stamp, { force: true });
  rmSync(output, { recursive: true, force: true });
  make();
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(stamp, digest);
}

function filesIn(input) {
  if (!existsSync(input)) return [];
  if (!statSync(input).isDirectory()) return [input];
  return readdirSync(input)
    .sort()
    .flatMap((name) => filesIn(path.join(input, name)));
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status === 0) return;
  console.error(`${command} ${args.join(" ")} failed${error ? `: ${error.message}` : ""}`);
  process.exit(1);
}
