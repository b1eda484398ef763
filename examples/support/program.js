/**
 * Starts an example as a user would, on a free port, in an empty directory.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A secret as `holdfast keygen` prints it. */
const SECRET = "r0Vh3mJwGZ2bq8XkTn5yPzLd7sAeQf1uCi9oWx4tMvE";

const STARTED = /Open (\S+)/;
const PATIENCE = 20_000;

/**
 * @param {import("node:test").TestContext} t ends the program when the test is over
 * @param {string} name file in examples/
 * @param {Record<string, string | undefined>} env added to, or with `undefined` taken from, the environment
 * @returns {Promise<{ url: URL, output: () => string, stop: () => Promise<void>, directory: string }>} once it listens
 */
export async function start(t, name, env = {}) {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-example-"));
  const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const child = spawn(process.execPath, [file], {
    cwd: directory,
    env: { ...process.env, NODE_ENV: undefined, SESSION_SECRET: SECRET, PORT: "0", HTTP_PORT: "0", ...env },
  });
  let output = "";
  const ended = new Promise((resolve) => child.once("close", resolve));
  const stop = async () => {
    child.kill();
    await ended;
  };
  t.after(async () => {
    await stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const url = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${name} did not start:\n${output}`)), PATIENCE);
    const read = (chunk) => {
      output += chunk;
      const [, found] = STARTED.exec(output) ?? [];
      if (found === undefined) return;
      clearTimeout(late);
      resolve(new URL(found));
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    ended.then((code) => {
      clearTimeout(late);
      reject(new Error(`${name} ended with code ${code}:\n${output}`));
    });
  });
  return { url, output: () => output, stop, directory };
}
