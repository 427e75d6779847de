import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";

const PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...pagesIn("docs")];

function pagesIn(folder: string): string[] {
  return readdirSync(path.join(PACKAGE_ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => path.join(folder, name));
}

/** A page without its fenced code. */
function read(page: string): string {
  return readFileSync(path.join(PACKAGE_ROOT, page), "utf8").replace(/^```[^]*?^```$/gm, "");
}

/** The names by which headings can be linked to: lower case, no punctuation, blanks as hyphens. */
function anchors(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Why a link leads nowhere; `undefined` if it leads somewhere, or out of the repository. */
function fault(page: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? page : path.join(path.dirname(page), file);
  if (!existsSync(path.join(PACKAGE_ROOT, target))) return `${page}: no ${target}`;
  if (anchor === undefined || anchors(target).includes(anchor)) return undefined;
  return `${page}: no heading #${anchor} in ${target}`;
}

it("every link of the documentation leads somewhere", () => {
  const checked = PAGES.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => fault(page, link!)),
  );
  expect(checked.length).toBeGreaterThan(0);
  expect(checked.filter((found) => found !== undefined)).toEqual([]);
});

it("every page in docs is in its table of contents", () => {
  const contents = read("docs/README.md");
  const missing = pagesIn("docs")
    .map((page) => path.relative("docs", page))
    .filter((page) => page !== "README.md" && !contents.includes(`](${page})`));
  expect(missing).toEqual([]);
});
