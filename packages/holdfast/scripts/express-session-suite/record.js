import { existsSync, readFileSync, writeFileSync } from "node:fs";

const page = new URL("../../../../docs/reference/express-session-suite.md", import.meta.url);

const HEAD = `# express-session's own tests

What holdfast/compat makes of the test suite of express-session. The suite is in that package's repository alone and is
not copied here; any clone of it will do:

\`\`\`sh
git clone https://github.com/expressjs/session /tmp/express-session
npm ci && npm run build
npm run suite:express-session -- /tmp/express-session
npm run suite:express-session -- /tmp/express-session --original
\`\`\`

The first run is against holdfast/compat, the second against express-session itself, for comparison. Each fills its row
of this table. Nothing in the suite is changed: what its tests require as \`../\`, \`../../\` and \`../session/cookie\` is
resolved to holdfast/compat.

| Against | Suite | Commit | Passed | Failed | Skipped | Node | Date |
|---|---|---|---|---|---|---|---|
`;

/** Puts a run's row into the page, in place of that target's earlier one. */
export function recordResult({ target, version, commit, passed, failed, skipped }) {
  const date = new Date().toISOString().slice(0, 10);
  const cells = [`\`${target}\``, version, commit, passed, failed, skipped, process.versions.node, date];
  const row = `| ${cells.join(" | ")} |`;
  const others = rows().filter((line) => !line.startsWith(`| \`${target}\` |`));
  const all = [...others, row].sort().reverse();
  writeFileSync(page, `${HEAD}${all.join("\n")}\n`);
}

function rows() {
  if (!existsSync(page)) return [];
  return readFileSync(page, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"));
}
