import assert from "node:assert/strict";
import fs from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { session } from "../../src/index.ts";
import { keyFile } from "../../src/keys/index.ts";
import { keyFileFor } from "../support/rotating-apps.ts";

interface Document {
  format: number;
  keys: { id: string; secret: string; createdAt: number }[];
}

/** A deployment on the file, closed again. */
async function start(file: string | URL): Promise<void> {
  await session({ secret: keyFile(file), onWarning: () => {} }).close();
}

/** A key file that a deployment has made, and its text. */
async function made(test: TestContext): Promise<{ file: string; text: string; document: Document }> {
  const file = keyFileFor(test);
  await start(file);
  const text = fs.readFileSync(file, "utf8");
  return { file, text, document: JSON.parse(text) };
}

const errorOf = (file: string): { code: string; message: string } => {
  try {
    void session({ secret: keyFile(file), onWarning: () => {} }).close();
  } catch (error) {
    return { code: Reflect.get(error as object, "code"), message: String(error) };
  }
  return { code: "no error", message: "" };
};

describe("a key file", () => {
  it("is made with its folder, for its owner only, and says its format", async (test) => {
    const { file, document } = await made(test);
    const mode = (path: string): string => (fs.statSync(path).mode & 0o777).toString(8);
    assert.deepEqual([mode(file), mode(dirname(file))], ["600", "700"]);
    assert.equal(document.format, 1);
    assert.deepEqual(
      fs.readdirSync(dirname(file)),
      ["keys.json"],
      "no lock and no half-written file is left",
    );
  });

  it("is used as it is by the next start, by path and by file URL", async (test) => {
    const { file, text } = await made(test);
    for (const path of [file, pathToFileURL(file)]) await start(path);
    assert.equal(fs.readFileSync(file, "utf8"), text);
  });

  it("stays private, and whole at every moment, when it is replaced", async (test) => {
    const { file, text } = await made(test);
    const sessions = session({ secret: keyFile(file), onWarning: () => {} });
    test.after(() => sessions.close());
    const rename = test.mock.method(fs, "renameSync");
    await sessions.keys.rotate();
    assert.equal(rename.mock.callCount(), 1);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    const after: Document = JSON.parse(fs.readFileSync(file, "utf8"));
    assert.deepEqual(after.keys[1]?.secret, JSON.parse(text).keys[0].secret);
    assert.deepEqual(fs.readdirSync(dirname(file)), ["keys.json"]);
  });

  it("of another version is refused with its number, and left as it is", async (test) => {
    const { file, document } = await made(test);
    const text = JSON.stringify({ ...document, format: 7 });
    fs.writeFileSync(file, text);
    const { code, message } = errorOf(file);
    assert.equal(code, "ERR_HOLDFAST_KEYS_FORMAT");
    assert.match(message, /keys\.json has format 7; this version of Holdfast knows 1/);
    assert.equal(fs.readFileSync(file, "utf8"), text);
  });

  it("that is damaged is refused, never overwritten, and its secrets are in no message", async (test) => {
    const { file, text, document } = await made(test);
    const [key] = document.keys;
    assert.ok(key);
    const edited = (changes: object): string => JSON.stringify({ format: 1, keys: [{ ...key, ...changes }] });
    const damaged = [
      "",
      "\0".repeat(100),
      text.slice(0, -20),
      text.slice(0, text.length / 2),
      "[]",
      "null",
      '{"format":1}',
      '{"keys":[]}',
      '{"format":1,"keys":[]}',
      '{"format":1,"keys":[null]}',
      '{"format":"1","keys":[{}]}',
      edited({ secret: "x".repeat(43) }),
      edited({ secret: `${key.secret.slice(0, -1)}_` }),
      edited({ secret: "" }),
      edited({ id: "../x" }),
      edited({ createdAt: "yesterday" }),
      edited({ createdAt: -1 }),
      edited({ activeFrom: null }),
      edited({ retireAt: 1e300 }),
      edited({ longestLife: undefined }),
      JSON.stringify({ format: 1, keys: [key, key] }),
    ];
    for (const content of damaged) {
      fs.writeFileSync(file, content);
      const { code, message } = errorOf(file);
      assert.equal(code, "ERR_HOLDFAST_KEYS_CORRUPT", content);
      assert.ok(message.includes(file) && !message.includes(key.secret.slice(0, 12)), message);
      assert.equal(fs.readFileSync(file, "utf8"), content);
    }
  });

  it("is refused if others can read it, or if it is no plain file of a folder of this user's own", async (test) => {
    const { file, text } = await made(test);
    for (const mode of [0o640, 0o604, 0o660]) {
      fs.chmodSync(file, mode);
      const { code, message } = errorOf(file);
      assert.equal(code, "ERR_HOLDFAST_KEY_FILE", mode.toString(8));
      assert.match(message, /can be read or changed by other users/);
    }
    fs.chmodSync(file, 0o600);
    const link = join(dirname(file), "link.json");
    fs.symlinkSync(file, link);
    assert.match(errorOf(link).message, /is a symbolic link/);
    assert.equal(errorOf(dirname(file)).code, "ERR_HOLDFAST_KEY_FILE");
    fs.chmodSync(dirname(file), 0o777);
    assert.match(errorOf(file).message, /others can write to it/);
    fs.chmodSync(dirname(file), 0o700);
    assert.equal(fs.readFileSync(file, "utf8"), text);
  });

  it("that is removed while it is in use leaves the known keys in use, and is not made anew", async (test) => {
    const { file, text } = await made(test);
    const events: string[] = [];
    const sessions = session({ secret: keyFile(file), onWarning: () => {} });
    sessions.on("*", ({ type }) => events.push(type));
    test.after(() => sessions.close());
    const before = await sessions.keys.list();
    fs.rmSync(file);
    assert.deepEqual(await sessions.keys.list(), before);
    assert.deepEqual(events, ["key_refresh_failed"]);
    await assert.rejects(sessions.keys.rotate(), { code: "ERR_HOLDFAST_KEYS_UNAVAILABLE" });
    assert.equal(fs.existsSync(file), false);
    fs.writeFileSync(file, text, { mode: 0o600 });
    assert.equal((await sessions.keys.rotate()).state, "pending");
  });

  it("that cannot be written keeps the keys in it in use, and says so", async (test) => {
    const { file } = await made(test);
    test.mock.method(
      fs,
      "openSync",
      failing(fs.openSync, (path) => String(path).endsWith(".lock")),
    );
    const warnings: string[] = [];
    const sessions = session({
      secret: keyFile(file, { rotate: "1d" }),
      // Due since long.
      clock: { now: () => Date.now() + 10 * 86_400_000 },
      onWarning: (message) => warnings.push(message),
    });
    test.after(() => sessions.close());
    assert.deepEqual(
      (await sessions.keys.list()).map(({ state }) => state),
      ["active"],
    );
    assert.equal(warnings.filter((message) => /keys could not be refreshed/.test(message)).length, 1);
    await assert.rejects(sessions.keys.rotate(), { code: "ERR_HOLDFAST_KEY_FILE" });
  });

  it("takes over the lock of a process that died, and waits for one that lives", async (test) => {
    const { file } = await made(test);
    const lock = `${file}.lock`;
    const sessions = session({ secret: keyFile(file), onWarning: () => {} });
    test.after(() => sessions.close());
    fs.writeFileSync(lock, "");
    const long = new Date(Date.now() - 60_000);
    fs.utimesSync(lock, long, long);
    const { id } = await sessions.keys.rotate();
    assert.equal(fs.existsSync(lock), false);
    fs.writeFileSync(lock, "");
    const revoking = sessions.keys.revoke(id);
    await new Promise(setImmediate);
    assert.equal(fs.readFileSync(lock, "utf8"), "", "it is left alone");
    fs.rmSync(lock);
    await revoking;
    assert.deepEqual(
      (await sessions.keys.list()).map(({ state }) => state),
      ["revoked", "active"],
    );
  });

  it("is named by a path or a file URL, and takes no options that contradict each other", () => {
    for (const path of ["", "a\0b", new URL("https://example.com/keys.json"), 7, undefined]) {
      assert.throws(() => keyFile(path as string), { code: "ERR_HOLDFAST_OPTION" });
    }
    const refused = [
      [{ rotat: "30d" }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [null, "ERR_HOLDFAST_OPTION"],
      [{ rotate: "monthly" }, "ERR_HOLDFAST_DURATION"],
      [{ rotate: "1h", propagation: "1h" }, "ERR_HOLDFAST_LIMITS"],
      [{ propagation: "1m", refresh: "2m" }, "ERR_HOLDFAST_LIMITS"],
      [{ refresh: 10 }, "ERR_HOLDFAST_DURATION"],
    ] as const;
    for (const [options, code] of refused) {
      assert.throws(() => keyFile("keys.json", options as never), { code }, JSON.stringify(options));
    }
    const often = { rotate: "2h", propagation: "1h" } as const;
    assert.throws(() => session({ secret: keyFile("keys.json", often), absolute: "30d" }), {
      code: "ERR_HOLDFAST_LIMITS",
    });
  });
});

function failing<F extends (path: fs.PathLike, ...rest: never[]) => unknown>(
  original: F,
  fails: (path: fs.PathLike) => boolean,
): (path: fs.PathLike, ...rest: never[]) => unknown {
  return (path, ...rest) => {
    if (fails(path)) throw Object.assign(new Error("read-only file system"), { code: "EROFS" });
    return original(path, ...rest);
  };
}
