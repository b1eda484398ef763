import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { session } from "../../src/index.ts";
import { keyFile, storedKeys } from "../../src/keys/index.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { signInForTest } from "../../src/testing/index.ts";
import { databaseFor } from "../store/databases.ts";
import { keyFileFor } from "../support/rotating-apps.ts";
import { strongSecret } from "../support/session-app.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const SECRET = strongSecret();

function holdfast(args: readonly string[], SESSION_SECRET = SECRET) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", CLI, "keys", ...args], {
    encoding: "utf8",
    env: { ...process.env, SESSION_SECRET },
  });
  return { status, stdout, stderr };
}

const PLACES = {
  "a key file and a store": (test: TestContext) => {
    const [file, database] = [keyFileFor(test), databaseFor(test)];
    return { secret: keyFile(file), database, args: ["--file", file, "--store", database] };
  },
  "a store alone": (test: TestContext) => {
    const database = databaseFor(test);
    return { secret: storedKeys({ secret: SECRET }), database, args: ["--store", database] };
  },
};

for (const [where, open] of Object.entries(PLACES)) {
  describe(`holdfast keys, with ${where}`, () => {
    it("lists, rotates, shows usage and revokes, and the app learns of it", async (test) => {
      const { secret, database, args } = open(test);
      const sessions = session({ secret, store: new SqliteStore(database), onWarning: () => {} });
      test.after(() => sessions.close());
      for (const user of ["anna", "berta"]) await signInForTest(sessions, user);
      const [first] = await sessions.keys.list();
      assert.ok(first);

      const listed = holdfast(["list", ...args]);
      assert.deepEqual([listed.status, listed.stderr], [0, ""]);
      assert.match(listed.stdout, /^KEY +STATE +CREATED +SIGNS FROM +ENDS\n/);
      const [, line] = listed.stdout.split("\n");
      assert.match(line ?? "", new RegExp(`^${first.id} +active +\\d{4}-\\d\\d-\\d\\dT[\\d:]+Z +\\S+Z +-$`));

      const rotated = holdfast(["rotate", ...args, "--propagation", "2h"]);
      assert.equal(rotated.status, 0);
      const [, next = ""] = /^Key (\S{4}) is made\. It signs from \S+Z on\.\n$/.exec(rotated.stdout) ?? [];
      assert.match(holdfast(["rotate", ...args]).stdout, new RegExp(`^Key ${next} is on its way already`));
      assert.deepEqual(
        (await sessions.keys.list()).map(({ id, state }) => [id, state]),
        [
          [next, "pending"],
          [first.id, "active"],
        ],
      );

      const usage = holdfast(["usage", ...args]);
      assert.match(usage.stdout, /SESSIONS +SHARE +SAFE TO RETIRE\n/);
      assert.match(usage.stdout, new RegExp(`\n${first.id} +active .* 2 +100\\.0 % +no\n`));

      const revoked = holdfast(["revoke", first.id, ...args]);
      assert.deepEqual(
        [revoked.status, revoked.stdout],
        [0, `Key ${first.id} is revoked. Its sessions are removed: 2.\n`],
      );
      assert.deepEqual(
        (await sessions.keys.list()).map(({ state }) => state),
        ["active", "revoked"],
      );
      assert.deepEqual(await sessions.list("anna"), []);
    });

    it("prints JSON, and no secret in any way", async (test) => {
      const { secret, database, args } = open(test);
      await session({ secret, store: new SqliteStore(database), onWarning: () => {} }).close();
      const [key] = JSON.parse(holdfast(["list", ...args, "--json"]).stdout);
      assert.deepEqual(Object.keys(key), ["id", "state", "createdAt", "activeFrom"]);
      const [used] = JSON.parse(holdfast(["usage", ...args, "--json"]).stdout);
      assert.deepEqual([used.liveSessions, used.share, used.safeToRetire], [0, 0, false]);
      assert.equal(JSON.parse(holdfast(["rotate", ...args, "--json"]).stdout).state, "pending");
      const outcome = holdfast(["revoke", "none", ...args, "--json"]);
      assert.deepEqual([outcome.status, JSON.parse(outcome.stdout)], [1, null]);
      const { stdout } = holdfast(["revoke", key.id, ...args, "--json"]);
      assert.deepEqual(JSON.parse(stdout), { id: key.id, sessionsEnded: 0 });
    });
  });
}

describe("holdfast keys", () => {
  async function made(test: TestContext): Promise<string> {
    const file = keyFileFor(test);
    await session({ secret: keyFile(file), onWarning: () => {} }).close();
    return file;
  }

  it("revokes a key in a file without the store, and says when the sessions end", async (test) => {
    const file = await made(test);
    const [{ id }] = JSON.parse(holdfast(["list", "--file", file, "--json"]).stdout);
    const { status, stdout } = holdfast(["revoke", id, "--file", file]);
    assert.equal(status, 0);
    assert.match(stdout, /is revoked\. Processes refuse it, and remove its sessions, when they next look/);
    assert.match(holdfast(["list", "--file", file]).stdout, new RegExp(`\n${id} +revoked`));
  });

  it("makes nothing by a slip of the pen, and says with exit code 2 what is missing or wrong", async (test) => {
    const file = await made(test);
    const nowhere = `${file}.not-there`;
    const corrupt = `${file}.corrupt`;
    writeFileSync(corrupt, readFileSync(file, "utf8").slice(0, 50), { mode: 0o600 });
    const empty = databaseFor(test);
    new SqliteStore(empty).close();
    const mistakes: [string[], RegExp, string?][] = [
      [[], /list, rotate, revoke and usage/],
      [["lst", "--file", file], /list, rotate, revoke and usage/],
      [["list"], /--file, or the session store with --store/],
      [["list", "extra", "--file", file], /takes no argument/],
      [["revoke", "--file", file], /needs the id of one key/],
      [["revoke", "a", "b", "--file", file], /needs the id of one key/],
      [["list", "--file", nowhere], /There is no key file/],
      [["list", "--store", nowhere], /There is no session database/],
      [["usage", "--file", file], /needs the session store/],
      [["list", "--propagation", "1h", "--file", file], /belongs to keys rotate/],
      [["rotate", "--propagation", "soon", "--file", file], /propagation/],
      [["list", "--file", corrupt], /is left as it is/],
      [["list", "--store", empty], /has no keys yet/],
      [["list", "--store", empty], /set SESSION_SECRET/, ""],
      [["list", "--store", empty], /too short/, "short but secret"],
    ];
    for (const [args, reason, secret] of mistakes) {
      const { status, stdout, stderr } = holdfast(args, secret);
      assert.deepEqual([status, stdout], [2, ""], args.join(" "));
      assert.match(stderr, reason);
      assert.equal(stderr.includes("short but secret"), false);
    }
    assert.equal(existsSync(nowhere), false);
  });
});
