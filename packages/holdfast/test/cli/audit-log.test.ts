import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { strongSecret } from "../support/session-app.ts";
import { Trail } from "../support/trails.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

function verify(
  key: string | undefined,
  ...args: string[]
): [status: number | null, out: string, err: string] {
  const { AUDIT_LOG_KEY: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", CLI, "audit-log", "verify", ...args],
    { encoding: "utf8", env: key === undefined ? env : { ...env, AUDIT_LOG_KEY: key } },
  );
  return [status, stdout, stderr];
}

describe("holdfast audit-log verify", () => {
  it("says that a trail is whole, and its head, with exit code 0", async (test) => {
    const trail = new Trail(test);
    const { seq, mac } = (await trail.write(3)).head();
    const said = [0, `${trail.file}: 3 lines, as they were written.\nHead: ${seq}:${mac}\n`, ""];
    assert.deepEqual(verify(trail.key, trail.file, "--head", `${seq}:${mac}`), said);
    const keyFile = join(trail.folder, "key");
    writeFileSync(keyFile, `${trail.key}\n`);
    assert.deepEqual(verify(strongSecret(), "--key-file", keyFile, trail.file), said);
  });

  it("names the first bad line and what is wrong with it, with exit code 1", async (test) => {
    const trail = new Trail(test);
    const { seq, mac } = (await trail.write(3)).head();
    const text = trail.text();
    writeFileSync(trail.file, text.replace("user 1", "user 7"));
    const [status, out, err] = verify(trail.key, trail.file);
    assert.deepEqual([status, err], [1, ""]);
    assert.match(out, /audit\.log: line 2 is bad: it was edited/);
    writeFileSync(trail.file, text.slice(0, text.lastIndexOf("{")));
    assert.match(
      verify(trail.key, trail.file, "--head", `${seq}:${mac}`).join(),
      /^1,.*line 3 is bad.*ends before/,
    );
    assert.match(verify(strongSecret(), trail.file).join(), /^1,.*no line was written under this key/);
  });

  it("mentions the gaps that the trail itself has noted", async (test) => {
    const trail = new Trail(test);
    await trail.write(1);
    writeFileSync(trail.file, `${trail.text()}{"se`);
    await trail.write(1);
    assert.match(verify(trail.key, trail.file).join(), /^0,.*3 lines.*In 1 of them/);
  });

  it("ends with exit code 2 and a reason where nothing was verified", async (test) => {
    const trail = new Trail(test);
    await trail.write(1);
    const { key, file, folder } = trail;
    const mistakes: [ReturnType<typeof verify>, RegExp][] = [
      [verify(undefined, file), /AUDIT_LOG_KEY.*--key-file/],
      [verify("too short", file), /too short/],
      [verify(key), /needs the trail's file/],
      [verify(key, file, file), /no argument/],
      [verify(key, join(folder, "none")), /cannot be read.*ENOENT/],
      [verify(key, folder), /cannot be read.*EISDIR/],
      [verify(key, file, "--head", "12"), /--head must be SEQ:MAC/],
      [verify(key, file, "--key-file", join(folder, "none")), /key file cannot be read/],
      [verify(key, file, "--force"), /--force/],
    ];
    for (const [[status, out, err], reason] of mistakes) {
      assert.deepEqual([status, out], [2, ""]);
      assert.match(err, reason);
      assert.equal(err.includes(key), false);
    }
  });
});
