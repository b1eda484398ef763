/**
 * Runs express-session's own tests against holdfast/compat, in a clone of its repository that lies elsewhere, and writes
 * the result to docs/reference/express-session-suite.md.
 *
 *     npm run suite:express-session -- /path/to/clone [--original]
 *
 * With `--original` the same tests run against express-session itself. The clone's own development dependencies are
 * installed into it where they are missing, without their install scripts.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeCertificate } from "./certificate.js";
import { recordResult } from "./record.js";

const here = dirname(fileURLToPath(import.meta.url));
const LONGEST = 5 * 60_000;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { original: { type: "boolean", default: false } },
});
const [given] = positionals;
if (given === undefined || positionals.length > 1) fail("Give one folder: a clone of expressjs/session.");
// npm changes into the folder of package.json; what the user typed is relative to where they were.
const suite = resolve(process.env.INIT_CWD ?? process.cwd(), given);
if (!existsSync(join(suite, "test/session.js")))
  fail(`${suite} is no clone of expressjs/session: it has no test/session.js.`);

const { version } = JSON.parse(readFileSync(join(suite, "package.json"), "utf8"));
const commit = commitOf(suite);
const target = values.original ? "express-session" : "holdfast/compat";
console.log(`The tests of express-session ${version} (${commit}), against ${target}`);

if (!existsSync(join(suite, "node_modules/mocha"))) {
  console.log("Installing their dependencies");
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"], "inherit");
}
await makeCertificate(join(suite, "test/fixtures"));

const scratch = mkdtempSync(join(tmpdir(), "holdfast-suite-"));
const counted = join(scratch, "counts.json");
const ours = values.original ? [] : ["--require", join(here, "resolve-to-compat.cjs")];
const { status } = spawnSync(
  process.execPath,
  [
    join(suite, "node_modules/mocha/bin/mocha.js"),
    ...ours,
    ...["--require", "test/support/env", "--check-leaks", "--exit"],
    ...["--reporter", join(here, "counting-reporter.cjs"), "test/"],
  ],
  {
    cwd: suite,
    stdio: "inherit",
    timeout: LONGEST,
    env: { ...process.env, SUITE: suite, SUITE_COUNTS: counted },
  },
);
if (!existsSync(counted)) {
  rmSync(scratch, { recursive: true });
  fail(status === null ? "They did not end within five minutes." : "They did not run.");
}
const counts = JSON.parse(readFileSync(counted, "utf8"));
rmSync(scratch, { recursive: true });

recordResult({ target, version, commit, ...counts });
console.log(`${target}: ${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;

function commitOf(folder) {
  const { stdout, status } = spawnSync("git", ["-C", folder, "describe", "--tags", "--always", "--long"], {
    encoding: "utf8",
    env: { ...process.env, GIT_CEILING_DIRECTORIES: dirname(folder) },
  });
  return status === 0 ? stdout.trim() : "a copy without git";
}

function run(command, args, stdio) {
  const { status } = spawnSync(command, args, { cwd: suite, stdio, timeout: LONGEST });
  if (status !== 0) fail(`\`${command} ${args.join(" ")}\` failed in ${suite}.`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
