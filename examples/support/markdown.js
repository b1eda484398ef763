/**
 * The code blocks and tables of the project's Markdown files.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const FENCE = /^( *)```(\w*)\n(.*?)^\1```$/gms;
const MARK = /<!-- illustration -->\s*$/;

/** @returns {string[]} every page that holds code for people, relative to the repository */
export function pages() {
  const docs = readdirSync(`${ROOT}/docs`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`);
  return [
    "README.md",
    "packages/holdfast/README.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "examples/README.md",
    ...docs,
  ].sort();
}

/** @param {string} page */
export function read(page) {
  return readFileSync(`${ROOT}/${page}`, "utf8");
}

/**
 * @param {string} page
 * @returns {{ page: string, line: number, language: string, code: string, illustration: boolean }[]}
 */
export function blocks(page) {
  const text = read(page);
  return [...text.matchAll(FENCE)].map(({ 1: indent, 2: language, 3: code, index }) => {
    const before = text.slice(0, index);
    return {
      page,
      line: before.split("\n").length,
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      illustration: MARK.test(before),
    };
  });
}

/**
 * Rows of a page's tables, as lists of cells, without headings.
 *
 * @param {string} page
 */
export function rows(page) {
  return read(page)
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.replace(/^\||\|$/g, "").split("|"))
    .map((cells) => cells.map((cell) => cell.trim()));
}

/** Texts in backticks. */
export function names(cell) {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
}
