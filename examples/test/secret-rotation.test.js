import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Browser } from "../support/browser.js";
import { start } from "../support/program.js";

const OLD = "mT4xQ0vJZk7nC1rWbY9sLhE6uPdG3iAfO8eXtN5qKzU";
const NEW = "Wc7pRz2LkVh9TqXyB4mJs1DfGn6eUo0aIx5iKt8wEQM";

describe("secret-rotation.js", () => {
  it("starts with one command", async (t) => {
    const { url } = await start(t, "secret-rotation.js");
    assert.equal((await new Browser(url).get("/")).text, "You visited this page 1 times");
  });

  it("changes the secret without ending sessions, and ends those that depend on one taken away", async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "holdfast-rotation-"));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    const SESSION_FILE = join(directory, "sessions.db");
    const run = async (secrets, browsers) => {
      const program = await start(t, "secret-rotation.js", { SESSION_FILE, SESSION_SECRETS: secrets.join() });
      const texts = [];
      for (const cookies of browsers) {
        const browser = new Browser(program.url);
        browser.cookies = cookies;
        texts.push((await browser.get("/")).text);
      }
      await program.stop();
      return texts;
    };
    const regular = new Map();
    const absent = new Map();

    assert.deepEqual(await run([OLD], [regular, absent]), [
      "You visited this page 1 times",
      "You visited this page 1 times",
    ]);
    const before = regular.get("session");

    assert.deepEqual(await run([NEW, OLD], [regular]), ["You visited this page 2 times"]);
    assert.notEqual(regular.get("session"), before, "the cookie is signed anew");

    // `regular` came by while both were known; `absent` did not.
    assert.deepEqual(await run([NEW], [regular, absent]), [
      "You visited this page 3 times",
      "You visited this page 1 times",
    ]);
  });
});
