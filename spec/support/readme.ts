import { readFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";

/** The only fenced block of a language under a heading of README.md, before the next heading of any level. */
export function readmeBlock(heading: string, language: string): string {
  return documentBlock("README.md", heading, language);
}

/** The same of another page. */
export function documentBlock(file: string, heading: string, language: string): string {
  const blocks = blocksOf(file, language).filter((block) => block.heading === heading);
  if (blocks.length !== 1)
    throw new Error(`${file} has ${blocks.length} blocks of ${language} under "${heading}"`);
  return blocks[0]!.text;
}

/** All fenced blocks of a language in README.md. */
export function readmeBlocks(language: string): { heading: string; text: string }[] {
  return blocksOf("README.md", language);
}

function blocksOf(file: string, language: string): { heading: string; text: string }[] {
  const readme = readFileSync(path.join(PACKAGE_ROOT, file), "utf8");
  const blocks: { heading: string; text: string }[] = [];
  let heading = "";
  for (const match of readme.matchAll(/^#+ (.+)$|^```(\w+)\n([^]*?)^```$/gm)) {
    const [, title, fence, text] = match;
    if (title !== undefined) heading = title;
    else if (fence === language) blocks.push({ heading, text: text! });
  }
  return blocks;
}

/** Replaces every occurrence of each text; one that does not occur is an error. */
export function substitute(text: string, replacements: Readonly<Record<string, string>>): string {
  let result = text;
  for (const [from, to] of Object.entries(replacements)) {
    if (!result.includes(from)) throw new Error(`no "${from}" in:\n${text}`);
    result = result.replaceAll(from, to);
  }
  return result;
}
