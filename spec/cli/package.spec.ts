import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { runCommand } from "../support/command";
import { temporaryFolder } from "../support/temporary-folder";

/** What is in the package: nothing that fits none of these, and something of each. */
const PARTS = [
  /^dist\/lua\/resty\/switchboard(\/[a-z0-9/-]+)?\.lua$/,
  /^dist\/node\/(cli|core)\/[a-z0-9/-]+\.js$/,
  /^dist\/types\/core\/[a-z0-9/-]+\.d\.ts$/,
  /^dist\/switchboard\.schema\.json$/,
  /^nginx\/(nginx|modules)\.conf$/,
  /^nginx\/switchboard\/[a-z-]+\.conf$/,
  /^README\.md$/,
  /^LICENSE$/,
  /^CHANGELOG\.md$/,
  /^dist\.ini$/,
  /^package\.json$/,
];

/** A balancer that somebody writes in a project of their own. */
const EXTENSION = `
import type { Balancer, BalancerFactory, Peer, PickInput } from "switchboard-ws";

class FirstEligible implements Balancer {
  private peers: readonly Peer[] = [];
  update(peers: readonly Peer[]): void { this.peers = [...peers]; }
  pick(input: PickInput): Peer | undefined { return this.peers.find((peer) => input.eligible(peer)); }
}

export const firstEligible: BalancerFactory = {
  name: "first_eligible",
  needs: [],
  validate: () => undefined,
  create: () => new FirstEligible(),
};
`;

/** Runs a program to its end and returns what it printed. */
async function run(file: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, output } = await runCommand(file, args, { cwd });
  if (code !== 0) throw new Error(`${file} ${args.join(" ")}: ${output}`);
  return output;
}

/** Packs the package and unpacks it where a project has its dependencies. */
async function installInto(project: string): Promise<string> {
  const home = path.join(project, "node_modules/switchboard-ws");
  mkdirSync(home, { recursive: true });
  // Without scripts, as dist is built, and building it anew would take it from under the specs that run beside this one.
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", project], PACKAGE_ROOT);
  const tarball = readdirSync(project).find((name) => name.endsWith(".tgz"))!;
  await run("tar", ["-xzf", tarball, "-C", home, "--strip-components=1"], project);
  return home;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

describe("the npm package", () => {
  let project: string;
  let home: string;
  beforeAll(async () => {
    project = temporaryFolder();
    home = await installInto(project);
  });

  it("holds the Lua modules, snippets, schema, types, command and papers, and nothing else", () => {
    const files = filesIn(home);
    expect(files.filter((file) => !PARTS.some((part) => part.test(file)))).toEqual([]);
    expect(PARTS.filter((part) => !files.some((file) => part.test(file)))).toEqual([]);
  });

  it.each(["dist/lua", "nginx"])("holds everything that is in %s", (folder) => {
    expect(filesIn(path.join(home, folder))).toEqual(filesIn(path.join(PACKAGE_ROOT, folder)));
  });

  it("has a command that works without the dependencies of development", async () => {
    for (const name of Object.keys(manifest(home).dependencies)) {
      const modules = path.join(project, "node_modules");
      symlinkSync(path.join(PACKAGE_ROOT, "node_modules", name), path.join(modules, name));
    }
    const command = path.join(home, manifest(home).bin.switchboard);
    const document = { upstreams: { chat: {} }, routes: [{ id: "all", upstream: "chat" }] };
    writeFileSync(path.join(project, "good.json"), JSON.stringify(document));
    expect(await run(process.execPath, [command, "check", "good.json"], project)).toBe("good.json: valid\n");
    expect(await run(process.execPath, [command, "check", "--schema"], project)).toContain('"upstreams"');
  });

  it.each(["node16", "bundler"])(
    "has the types that a balancer is written against (%s)",
    async (resolution) => {
      writeFileSync(path.join(project, "extension.ts"), EXTENSION);
      const tsc = path.join(PACKAGE_ROOT, "node_modules/typescript/bin/tsc");
      const module = resolution === "node16" ? "node16" : "esnext";
      const options = ["--module", module, "--moduleResolution", resolution, "--target", "es2022"];
      const strict = ["--noEmit", "--strict", "--skipLibCheck", "false"];
      await run(process.execPath, [tsc, ...options, ...strict, "extension.ts"], project);
    },
  );

  it("describes itself to opm with the same version, license and folder", () => {
    const description = readFileSync(path.join(home, "dist.ini"), "utf8");
    const field = (name: string): string | undefined =>
      new RegExp(`^${name} *= *(.*)$`, "m").exec(description)?.[1];
    expect(field("version")).toBe(manifest(home).version);
    expect(field("license")).toBe(manifest(home).license.toLowerCase());
    expect(filesIn(path.join(home, field("lib_dir")!))).toContain("resty/switchboard.lua");
  });
});

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly bin: { readonly switchboard: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

function manifest(home: string): Manifest {
  return JSON.parse(readFileSync(path.join(home, "package.json"), "utf8")) as Manifest;
}
