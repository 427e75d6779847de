import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { runCommand } from "../support/command";
import { temporaryFolder } from "../support/temporary-folder";

const LOCK = JSON.stringify({
  packages: { "": {}, "node_modules/ws": { integrity: "sha512-a" }, "node_modules/x": { optional: true } },
});
const TSC = `#!/bin/sh
echo compiled
mkdir -p dist/node/build
echo 'exports.runTask = async (name, args) => console.log("task", name, ...args)' > dist/node/build/tasks.js
`;
/** Installs what the lock file says. */
const NPM = `#!/bin/sh
echo "npm was called: $*"
mkdir -p node_modules/.bin
cp package-lock.json node_modules/.package-lock.json
cp fake-tsc node_modules/.bin/tsc
`;

/** A checkout of which only the set-up is real. */
function checkout(): { folder: string; run: (...args: string[]) => Promise<string[]> } {
  const folder = temporaryFolder({
    "package-lock.json": LOCK,
    "src/core/a.ts": "1",
    "bin/npm": NPM,
    "fake-tsc": TSC,
  });
  const setup = path.join(folder, "src/build/setup.mjs");
  mkdirSync(path.dirname(setup));
  copyFileSync(path.join(PACKAGE_ROOT, "src/build/setup.mjs"), setup);
  const run = async (...args: string[]): Promise<string[]> => {
    const env = { PATH: `${folder}/bin:${process.env["PATH"]}` };
    const { output } = await runCommand(process.execPath, [setup, ...args], { env });
    return output.trim().split("\n");
  };
  return { folder, run };
}

describe("the set-up before every task", () => {
  const INSTALL = ["npm ci", "npm was called: ci --include=dev --no-audit --no-fund"];

  it("installs and compiles on a fresh checkout, and does neither again", async () => {
    const { run } = checkout();
    expect(await run("start", "--once")).toEqual([...INSTALL, "compiled", "task start --once"]);
    expect(await run("start")).toEqual(["task start"]);
  });

  it("compiles again when a source has other content or its output is gone, not when it was only touched", async () => {
    const { folder, run } = checkout();
    await run("start");
    writeFileSync(path.join(folder, "src/core/a.ts"), "1");
    expect(await run("start")).toEqual(["task start"]);
    writeFileSync(path.join(folder, "src/core/a.ts"), "2");
    expect(await run("start")).toEqual(["compiled", "task start"]);
    rmSync(path.join(folder, "dist/node"), { recursive: true });
    expect(await run("start")).toEqual(["compiled", "task start"]);
  });

  it("installs again when the lock file says something else", async () => {
    const { folder, run } = checkout();
    await run("start");
    writeFileSync(path.join(folder, "package-lock.json"), LOCK.replace("sha512-a", "sha512-b"));
    expect(await run("start")).toEqual([...INSTALL, "compiled", "task start"]);
  });

  it("installs without a lock file too", async () => {
    const { folder, run } = checkout();
    writeFileSync(path.join(folder, "bin/npm"), NPM.replace("cp package-lock.json", "echo {} >"));
    rmSync(path.join(folder, "package-lock.json"));
    expect((await run("start"))[0]).toBe("npm install");
  });

  it("stops where npm or the compiler fails, and tries again the next time", async () => {
    const { folder, run } = checkout();
    writeFileSync(path.join(folder, "fake-tsc"), "#!/bin/sh\necho broken\nexit 2\n", { mode: 0o755 });
    const failure = "node_modules/.bin/tsc -p tsconfig.build.json failed";
    expect(await run("start")).toEqual([...INSTALL, "broken", failure]);
    expect(await run("start")).toEqual(["broken", failure]);
    expect(existsSync(path.join(folder, "dist/node"))).toBe(false);

    writeFileSync(path.join(folder, "bin/npm"), "#!/bin/sh\nexit 1\n");
    rmSync(path.join(folder, "node_modules"), { recursive: true });
    expect((await run("start")).at(-1)).toMatch(/^npm ci .* failed$/);
  });
});
