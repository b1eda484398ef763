import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { HoldfastError } from "../../src/errors.ts";
import { developmentSecret } from "../../src/keys/development-key.ts";
import { newSecret } from "../../src/keys/secrets.ts";

let root: string;
let directory: string;
let file: string;
let said: string[];

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), "holdfast-key-"));
  directory = join(root, ".holdfast");
  file = join(directory, "development.key");
  said = [];
});

afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const get = (): string =>
  developmentSecret({ directory, random: randomBytes, announce: (message) => said.push(message) });
const mode = (path: string): number => fs.statSync(path).mode & 0o777;

function refuses(message: RegExp): void {
  assert.throws(get, (error) => {
    assert.ok(error instanceof HoldfastError, String(error));
    assert.equal(error.code, "ERR_HOLDFAST_KEY_FILE");
    assert.match(error.message, message);
    assert.match(error.message, /secret: process\.env\.SESSION_SECRET/);
    return true;
  });
}

function writeKey(content: string, bits = 0o600): void {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, content);
  fs.chmodSync(file, bits);
}

describe("the development key", () => {
  it("is made once, for its owner only and out of version control, and says where", () => {
    const secret = get();
    assert.match(secret, /^[\w-]{43}$/);
    assert.equal(mode(file), 0o600);
    assert.equal(mode(directory), 0o700);
    assert.equal(fs.readFileSync(join(directory, ".gitignore"), "utf8"), "*\n");
    assert.deepEqual(fs.readdirSync(directory).sort(), [".gitignore", "development.key"]);
    assert.equal(said.length, 1);
    assert.ok(said[0]?.includes(file) && !said[0].includes(secret));
  });

  it("is the same at the next start, without a word", () => {
    const secret = get();
    said = [];
    assert.equal(get(), secret);
    assert.deepEqual(said, []);
  });

  it("lies in .holdfast of the working directory unless told otherwise", () => {
    const before = process.cwd();
    process.chdir(root);
    try {
      developmentSecret({ random: randomBytes, announce: () => {} });
      assert.equal(mode(file), 0o600);
    } finally {
      process.chdir(before);
    }
  });

  it("may have been put there by hand", () => {
    const secret = newSecret(randomBytes);
    writeKey(`${secret}\r\n`);
    assert.equal(get(), secret);
  });

  it("is refused when others can read or change it, and left as it is", () => {
    for (const bits of [0o640, 0o604, 0o620, 0o602, 0o644, 0o666]) {
      writeKey(newSecret(randomBytes), bits);
      refuses(/can be read or changed by other users.+Delete it/);
      assert.equal(mode(file), bits);
    }
  });

  it("is refused when empty, short or weak, without being shown", () => {
    writeKey("\n");
    refuses(/is empty/);
    const short = newSecret(randomBytes).slice(0, 31);
    for (const content of [short, "keyboard cat ".repeat(5)]) {
      writeKey(content);
      refuses(/does not hold a strong secret/);
      assert.throws(
        get,
        (error) =>
          !String(error).includes(content.trim()) && !String((error as Error).cause).includes(content.trim()),
      );
    }
  });

  it("is refused when it is a link, a directory or a pipe", () => {
    const elsewhere = join(root, "elsewhere");
    fs.writeFileSync(elsewhere, newSecret(randomBytes), { mode: 0o600 });
    fs.mkdirSync(directory, { mode: 0o700 });
    fs.symlinkSync(elsewhere, file);
    refuses(/is a symbolic link/);
    fs.rmSync(file);
    fs.symlinkSync(join(root, "nowhere"), file);
    refuses(/is a symbolic link/);
    assert.equal(fs.existsSync(join(root, "nowhere")), false);
    fs.rmSync(file);
    fs.mkdirSync(file);
    refuses(/is not a file/);
  });

  it("does not wait at a pipe", async () => {
    fs.mkdirSync(directory, { mode: 0o700 });
    await new Promise((done) => spawn("mkfifo", ["-m", "600", file]).on("close", done));
    refuses(/is not a file/);
  });

  it("is refused in a folder that others can write to, and behind a linked one", () => {
    get();
    fs.chmodSync(directory, 0o777);
    refuses(/must be a directory of your own that nobody else can write to/);
    fs.chmodSync(directory, 0o700);
    fs.renameSync(directory, join(root, "moved"));
    fs.symlinkSync(join(root, "moved"), directory);
    refuses(/must be a directory of your own/);
  });

  it("is refused when it belongs to another user", { skip: process.getuid?.() === undefined }, (t) => {
    get();
    t.mock.method(process as Required<Pick<NodeJS.Process, "getuid">>, "getuid", () => 54_321);
    refuses(/must be a directory of your own/);
    const mine = fs.lstatSync(directory);
    t.mock.method(fs, "lstatSync", () => Object.assign(mine, { uid: 54_321 }));
    refuses(/belongs to another user/);
  });

  it("that cannot be made is an error that says so", () => {
    fs.writeFileSync(directory, "a file where the folder should be");
    refuses(/must be a directory/);
    fs.rmSync(directory);
    directory = join(root, "x".repeat(300));
    refuses(/cannot be read or made/);
  });

  it("that cannot be written leaves nothing half-made behind", (t) => {
    t.mock.method(fs, "linkSync", () => {
      throw Object.assign(new Error("no space"), { code: "EIO" });
    });
    const { writeFileSync } = fs;
    t.mock.method(fs, "writeFileSync", (path: string, ...rest: [string, fs.WriteFileOptions]) => {
      if (path === file) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      writeFileSync(path, ...rest);
    });
    refuses(/cannot be read or made/);
    assert.deepEqual(fs.readdirSync(directory), [".gitignore"]);
  });

  it("is made where the file system has no hard links", (t) => {
    t.mock.method(fs, "linkSync", () => {
      throw Object.assign(new Error("not permitted"), { code: "EPERM" });
    });
    const secret = get();
    assert.equal(get(), secret);
    assert.equal(mode(file), 0o600);
    assert.equal(said.length, 1);
  });

  it("that another process made meanwhile is used, not overwritten", (t) => {
    const theirs = newSecret(randomBytes);
    const { linkSync } = fs;
    t.mock.method(fs, "linkSync", (from: string, to: string) => {
      writeKey(theirs);
      linkSync(from, to);
    });
    assert.equal(get(), theirs);
    assert.deepEqual(said, []);
  });

  it("is one and the same for processes that start together", async () => {
    const module = new URL("../../src/keys/development-key.ts", import.meta.url).href;
    const script = `
      import { randomBytes } from "node:crypto";
      import { developmentSecret } from ${JSON.stringify(module)};
      process.stdin.once("data", () => {
        const secret = developmentSecret({ directory: ${JSON.stringify(directory)}, random: randomBytes, announce: () => console.log("made") });
        console.log(secret);
        process.exit();
      });
      console.log("ready");`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]),
    );
    const outputs = children.map(() => "");
    await Promise.all(
      children.map(
        (child, i) =>
          new Promise<void>((ready) => {
            child.stdout.on("data", (chunk) => {
              outputs[i] += String(chunk);
              ready();
            });
          }),
      ),
    );
    const exits = children.map((child) => new Promise((done) => child.on("close", done)));
    for (const child of children) child.stdin.write("go\n");
    assert.deepEqual(await Promise.all(exits), [0, 0, 0, 0]);
    const secrets = outputs.map((output) => output.trim().split("\n").at(-1));
    assert.match(secrets[0] ?? "", /^[\w-]{43}$/);
    assert.equal(new Set(secrets).size, 1);
    assert.equal(outputs.join("").split("made").length - 1, 1);
  });
});
