/**
 * Writes into docs/guide/moving-an-app.md what changes from one state of the album to the next.
 *
 *   node examples/moving/diffs.js
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const GUIDE = fileURLToPath(new URL("../../docs/guide/moving-an-app.md", import.meta.url));

const BLOCK = /(<!-- from (\S+) to (\S+) -->\n\n)```diff\n.*?^```$/gms;

/** The guide with each block filled anew from the two programs its comment names. */
export function withDiffs(guide) {
  return guide.replaceAll(
    BLOCK,
    (_block, comment, from, to) => `${comment}\`\`\`diff\n${diff(from, to)}\`\`\``,
  );
}

function diff(from, to) {
  const { status, stdout, stderr, error } = spawnSync(
    "git",
    [
      "diff",
      "--no-index",
      "--no-ext-diff",
      "--no-color",
      "--diff-algorithm=patience",
      "--unified=2",
      from,
      to,
    ],
    {
      cwd: fileURLToPath(new URL(".", import.meta.url)),
      encoding: "utf8",
      // Nobody's own settings.
      env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
    },
  );
  if (error) throw error;
  // 1: there are differences.
  if (status !== 1) throw new Error(`git diff ${from} ${to} ended with ${status}: ${stderr}`);
  return stdout.slice(stdout.indexOf("@@")).replaceAll(/^@@.*$|^ $/gm, (line) => line.slice(0, 2).trim());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(GUIDE, withDiffs(readFileSync(GUIDE, "utf8")));
}
