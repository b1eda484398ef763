import assert from "node:assert/strict";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type AuditLogOptions, auditLog, verifyAuditLog } from "../../src/audit/index.ts";
import { KeyRing } from "../../src/keys/key-ring.ts";
import { eventfulLife } from "../support/eventful-life.ts";
import { NAME, sessionApp, set, strongSecret } from "../support/session-app.ts";
import { event, Trail, usersOf } from "../support/trails.ts";

describe("an audit trail", () => {
  it("writes what happens to an app's sessions, one JSON line each, for its owner only", async (test) => {
    const trail = new Trail(test);
    const log = trail.open();
    const app = await sessionApp(test);
    app.sessions.on("*", log);
    await app.act((session) => session.signIn("anna"));
    await app.act((session) => session.signOut());
    await log.close();
    const lines = trail.lines();
    assert.deepEqual(
      lines.map(({ seq, mac: _mac, ...fields }) => [seq, fields]),
      app.events.map((written, index) => [index + 1, written]),
    );
    const { seq, mac } = lines.at(-1) ?? {};
    assert.deepEqual(log.head(), { seq, mac });
    if (process.platform !== "win32") assert.equal(statSync(trail.file).mode & 0o777, 0o600);
  });

  it("keeps the order of many events, whatever the disk does meanwhile", async (test) => {
    const trail = new Trail(test);
    const log = trail.open();
    for (let i = 0; i < 20_000; i++) {
      log(event(i));
      if (i % 1_000 === 0) await new Promise(setImmediate);
    }
    await log.close();
    assert.deepEqual(
      usersOf(trail.lines()),
      Array.from({ length: 20_000 }, (_, i) => `user ${i}`),
    );
    const result = await verifyAuditLog(trail.file, { key: trail.key });
    assert.equal(result.ok && result.count, 20_000);
  });

  it("writes each event soon, without being closed or told more", async (test) => {
    const trail = new Trail(test);
    const log = trail.open();
    test.after(() => log.close());
    for (let i = 0; i < 20; i++) {
      log(event(i));
      while (log.head().seq <= i) await new Promise(setImmediate);
    }
    assert.equal(usersOf(trail.lines()).length, 20);
  });

  it("goes on after a restart", async (test) => {
    const trail = new Trail(test);
    const first = await trail.write(3);
    const second = trail.open();
    assert.deepEqual(second.head(), first.head());
    second(event(3));
    await second.close();
    await trail.write(0);
    const result = await verifyAuditLog(trail.file, { key: trail.key });
    assert.deepEqual(result, { ok: true, count: 4, gaps: 0, head: second.head() });
    assert.deepEqual(trail.codes(), []);
  });

  it("stays one line an event, whatever characters a client sends", async (test) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "binary", maxLength: 40 }), { minLength: 1 }),
        async (texts) => {
          const trail = new Trail(test);
          const log = trail.open();
          for (const text of texts)
            log({ ...event(0), user: text, userAgent: `\r\n\u2028\u009b${text}\u202e` });
          await log.close();
          // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
          assert.doesNotMatch(trail.text(), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\ufeff]/);
          assert.deepEqual(
            trail.lines().map(({ user }) => user),
            texts,
          );
          assert.equal((await verifyAuditLog(trail.file, { key: trail.key })).ok, true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("shows every character of a line: none that is invisible, joins or turns text stays as it is", async (test) => {
    const trail = new Trail(test);
    const log = trail.open();
    const unseen = [
      0xad, 0x34f, 0x61c, 0x115f, 0x180e, 0x200b, 0x200d, 0x202e, 0x2060, 0x2069, 0x3164, 0xfe0f,
    ];
    unseen.push(0xfeff, 0xfff9, 0x110bd, 0x1d173, 0xe0001, 0xe0041, 0xe01ef);
    const text = unseen.map((code) => `a${String.fromCodePoint(code)}b`).join("");
    log({ ...event(0), user: text, userAgent: "ü € 😀 עברית" });
    await log.close();
    assert.doesNotMatch(
      trail.text().replaceAll("\n", ""),
      /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u,
    );
    assert.ok(trail.text().includes("ü € 😀 עברית"), "what is seen stays readable");
    assert.equal(trail.lines()[0]?.user, text);
    assert.equal((await verifyAuditLog(trail.file, { key: trail.key })).ok, true);
  });

  it("keeps lines short, whatever an event holds", async (test) => {
    const trail = new Trail(test);
    const log = trail.open();
    const keys = Array.from({ length: 5_000 }, (_, i) => `key ${i}`.padEnd(5_000, "x"));
    log({ type: "session_conflict", at: "2026-01-01T00:00:00.000Z", keys });
    await log.close();
    assert.ok(trail.text().length < 100_000);
    assert.match(trail.text(), /"and 4936 more"\]/);
  });

  it("says of an error its name, code, message and causes, and neither stack nor credentials", async (test) => {
    const trail = new Trail(test);
    const log = trail.open();
    const cause = Object.assign(new Error("connect to redis://app:hunter2@db:6379 failed\n"), {
      code: "ECONNREFUSED",
      query: "hunter2",
    });
    const hostile = new Error("x");
    Object.defineProperty(hostile, "message", {
      get() {
        throw new Error("no");
      },
    });
    const endless = new Error("endless");
    endless.cause = endless;
    for (const error of [
      new TypeError("read failed", { cause }),
      "text",
      { password: "hunter2" },
      hostile,
      endless,
    ]) {
      log({ type: "store_error", at: "2026-01-01T00:00:00.000Z", operation: "read", error });
    }
    await log.close();
    const [first, ...others] = trail.lines().map(({ error }) => error);
    assert.deepEqual(first, {
      name: "TypeError",
      message: "read failed",
      cause: {
        name: "Error",
        code: "ECONNREFUSED",
        message: "connect to redis://[removed]@db:6379 failed\\u000a",
      },
    });
    assert.deepEqual(others.slice(0, 3), [
      { message: "text" },
      { message: "not an Error but object" },
      { message: "an error that cannot be read" },
    ]);
    assert.equal(JSON.stringify(others[3]).match(/endless/g)?.length, 4);
    assert.doesNotMatch(trail.text(), /hunter2|\.test\.ts/);
  });

  it("keeps no password that a driver puts into a message", async (test) => {
    const trail = new Trail(test);
    const log = trail.open();
    const messages = [
      "redis://app:p@ss-hunter2@db failed",
      "postgres://app:pa/hunter2@db/x failed",
      "Password=hunter2;Server=db",
      "GET /?password=hunter2&x=1 and token: hunter2",
    ];
    for (const message of messages) {
      log({
        type: "store_error",
        at: "2026-01-01T00:00:00.000Z",
        operation: "read",
        error: new Error(message),
      });
    }
    await log.close();
    assert.equal(trail.lines().length, messages.length);
    assert.doesNotMatch(JSON.stringify(trail.lines()), /hunter2/);
  });

  it("holds no id, secret, handle or key, whatever happens", async (test) => {
    const secret = strongSecret();
    const { events, cookies } = await eventfulLife(test, { secret });
    const trail = new Trail(test);
    const log = trail.open();
    for (const one of events) log(one);
    await log.close();
    assert.equal(trail.lines().length, events.length);
    const secrets = [secret, trail.key, `${NAME}=`];
    const [key] = new KeyRing([secret]).keys;
    for (const cookie of cookies) {
      const [, handle = "", clientSecret = "", mac = ""] = cookie.split(".");
      secrets.push(handle, clientSecret, mac);
      if (key !== undefined) secrets.push(key.wrappingKey(handle, clientSecret).toString("base64url"));
    }
    assert.ok(secrets.length > 30);
    for (const one of secrets) assert.equal(trail.text().includes(one), false);
  });

  it("reports what comes after its end, and ends once", async (test) => {
    const trail = new Trail(test);
    const log = await trail.write(1);
    log(event(1));
    await log.close();
    assert.deepEqual(trail.codes(), ["ERR_HOLDFAST_AUDIT_CLOSED"]);
    assert.equal(trail.lines().length, 1);
  });

  it("disturbs no request if even its own callback throws", async (test) => {
    const trail = new Trail(test);
    const warnings: Error[] = [];
    const listen = (warning: Error) => void warnings.push(warning);
    process.on("warning", listen);
    test.after(() => process.off("warning", listen));
    const log = trail.open({
      onError: () => {
        throw new Error("broken");
      },
    });
    await log.close();
    const app = await sessionApp(test);
    app.sessions.on("*", log);
    assert.equal((await app.act(set({ a: 1 }))).status, 200);
    assert.deepEqual(app.warnings, []);
    assert.match(String(warnings[0]), /after the audit trail was closed/);
  });
});

describe("auditLog", () => {
  it("refuses at start what can be no trail, and leaves it as it is", (test) => {
    const trail = new Trail(test);
    const folder = join(trail.folder, "folder");
    mkdirSync(folder);
    const other = join(trail.folder, "other");
    writeFileSync(other, "something\nprecious");
    for (const file of [folder, other, join(trail.folder, "no", "folder"), "/dev/null"]) {
      assert.throws(() => auditLog(file, { key: trail.key }), { code: "ERR_HOLDFAST_AUDIT_FILE" }, file);
    }
    assert.equal(statSync(other).size, 18);
  });

  it("refuses weak keys and wrong options", (test) => {
    const trail = new Trail(test);
    const { key } = trail;
    const mistakes: [unknown, string][] = [
      [undefined, "ERR_HOLDFAST_OPTION"],
      [{}, "ERR_HOLDFAST_SECRET_MISSING"],
      [{ key: "" }, "ERR_HOLDFAST_SECRET_MISSING"],
      [{ key: "short" }, "ERR_HOLDFAST_SECRET_WEAK"],
      [{ key: "keyboard cat keyboard cat keyboard cat" }, "ERR_HOLDFAST_SECRET_WEAK"],
      [{ key: [key] }, "ERR_HOLDFAST_OPTION"],
      [{ key, onerror: () => {} }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [{ key, onError: "log" }, "ERR_HOLDFAST_OPTION"],
      [{ key, maxWaiting: 0 }, "ERR_HOLDFAST_OPTION"],
    ];
    for (const [options, code] of mistakes) {
      assert.throws(
        () => auditLog(trail.file, options as AuditLogOptions),
        (error: { code: string; message: string }) => error.code === code && !error.message.includes(key),
        JSON.stringify(options),
      );
    }
    assert.throws(() => auditLog("", { key }), { code: "ERR_HOLDFAST_OPTION" });
  });
});
