import { existsSync } from "node:fs";
import path from "node:path";

/** The folder of this package, from its sources and from its build alike: `nginx/` and `dist/lua` are found from here. */
export const PACKAGE_ROOT = findUp(__dirname, "package.json");

function findUp(start: string, name: string): string {
  let folder = start;
  while (!existsSync(path.join(folder, name))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no ${name} above ${start}`);
    folder = parent;
  }
  return folder;
}
