import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor, openLibsql } from "../store/databases.ts";
import {
  browserWith,
  cookieOf,
  NAME,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";

const USER = "annabella.lovelace@example.org";
const DIAGNOSIS = "a diagnosis nobody should read";
const BROWSER = "Mozilla/5.0 (UnusualBrowser 77)";

interface Row {
  readonly version: number;
  readonly handle: string;
  readonly user: string | null;
  readonly header: Buffer;
  readonly body: Buffer;
}

async function lifeOnDisk(
  test: TestContext,
  secret: string,
): Promise<{ app: SessionApp; path: string; cookies: string[] }> {
  const path = databaseFor(test);
  const app = await sessionApp(test, { secret, store: new SqliteStore(path) });
  const headers = { "user-agent": BROWSER };
  const cookies: string[] = [];
  await app.act(set({ basket: "an unusual basket" }), { headers });
  cookies.push(cookieOf(app.agent));
  await app.act((session) => session.signIn(USER), { headers });
  cookies.push(cookieOf(app.agent));
  await app.act(set({ diagnosis: DIAGNOSIS }), { headers });
  app.clock.advance("20m");
  await app.act((session) => session.userId, { headers });
  await app.settle();
  return { app, path, cookies };
}

function rowsOf(path: string): Row[] {
  const database = openLibsql(path);
  try {
    const rows = database
      .prepare("SELECT handle, version, user, header, body FROM holdfast_sessions")
      .raw()
      .all();
    return (rows as [string, number, string | null, Uint8Array, Uint8Array][]).map(
      ([handle, version, user, header, body]) => ({
        handle,
        version,
        user,
        header: Buffer.from(header),
        body: Buffer.from(body),
      }),
    );
  } finally {
    database.close();
  }
}

describe("whoever steals the store", () => {
  it("reads no user, no address, no browser, no data, and no part of a cookie but the handle", async (test) => {
    const secret = strongSecret();
    const { path, cookies } = await lifeOnDisk(test, secret);
    const files = readdirSync(dirname(path)).map((name) => readFileSync(join(dirname(path), name)));
    assert.ok(files.length >= 2, "the write-ahead log is looked at too");
    const bytes = Buffer.concat(files).toString("latin1");
    const secrets = cookies.flatMap((cookie) => {
      const [, , secret = "", mac = ""] = cookie.split(".");
      return [
        cookie,
        secret,
        mac,
        Buffer.from(secret, "base64url").toString("latin1"),
        Buffer.from(mac, "base64url").toString("latin1"),
      ];
    });
    const words = [
      USER,
      USER.toUpperCase(),
      "annabella",
      DIAGNOSIS,
      "diagnosis",
      "unusual basket",
      "basket",
      BROWSER,
      "UnusualBrowser",
      "127.0.0.1",
      secret,
    ];
    for (const text of [...words, ...secrets])
      assert.equal(bytes.includes(text), false, JSON.stringify(text));
    assert.equal(bytes.includes(Buffer.from(USER).toString("base64")), false);
    const [, handle = ""] = cookies.at(-1)?.split(".") ?? [];
    assert.ok(bytes.includes(handle), "the search does find what is there");
  });

  it("cannot present anything of it as a cookie", async (test) => {
    const { app, path, cookies } = await lifeOnDisk(test, strongSecret());
    const [key, , secret = "", mac] = cookies.at(-1)?.split(".") ?? [];
    for (const { handle, user, header, body } of rowsOf(path)) {
      const texts = [header, body].flatMap((bytes) => [
        bytes.toString("base64url"),
        bytes.subarray(0, 32).toString("base64url"),
        bytes.toString("hex"),
      ]);
      const hash = "A".repeat(43);
      const values = [
        handle,
        user ?? "",
        ...texts,
        `${key}.${handle}.${hash}.${hash}`,
        `${key}.${handle}.${header.subarray(0, 32).toString("base64url")}.${mac}`,
      ];
      for (const value of values) {
        const reply = await app.act((session) => session, {
          by: app.agent.newBrowser(),
          headers: { cookie: `${NAME}=${value}` },
        });
        assert.deepEqual([reply.status, reply.json()], [200, {}]);
      }
    }
    assert.ok(secret.length === 43);
  });

  it("and the handles cannot guess who is in it: a user's name in the index depends on the server's key", async (test) => {
    const [one, two] = [await lifeOnDisk(test, strongSecret()), await lifeOnDisk(test, strongSecret())];
    const users = [...rowsOf(one.path), ...rowsOf(two.path)].map(({ user }) => user);
    assert.equal(users.length, 2);
    assert.equal(new Set(users).size, 2);
    for (const user of users) assert.match(user ?? "", /^[\w-]{43}$/);
  });

  it("opens nothing with a server of his own, even with the cookie", async (test) => {
    const { app, path, cookies } = await lifeOnDisk(test, strongSecret());
    const thief = await sessionApp(test, {
      secret: strongSecret(),
      store: new SqliteStore(path),
      clock: app.clock,
    });
    assert.deepEqual(await thief.data(browserWith(thief, cookies.at(-1) ?? "")), {});
    assert.deepEqual(await thief.sessions.list(USER), []);
  });

  it("who has the server's secret too, but no cookie, still reads no data", async (test) => {
    const secret = strongSecret();
    const { app, path, cookies } = await lifeOnDisk(test, secret);
    const { KeyRing } = await import("../../src/keys/key-ring.ts");
    const { Credentials } = await import("../../src/session/record/credentials.ts");
    const { recordCodec } = await import("../../src/session/record/codec.ts");
    const { tieIn } = await import("../../src/session/record/header.ts");
    const { systemRandom } = await import("../../src/crypto/random.ts");
    const keys = new KeyRing([secret]);
    const codec = recordCodec("shared", keys, systemRandom);
    const credentials = new Credentials(keys, systemRandom);
    const [row] = rowsOf(path);
    assert.ok(row);
    const opened = codec.openHeader(row.handle, row.header);
    assert.equal(opened?.header.user, USER, "what the server must know is the server's");
    assert.ok(opened);
    const { header } = opened;
    const tie = tieIn(opened, row.version);
    assert.equal(codec.openBody(credentials.issue(row.handle), header, tie, row.body), null);
    const owner = credentials.verify(cookies.at(-1) ?? "");
    assert.ok(owner);
    assert.match(codec.openBody(owner, header, tie, row.body)?.json ?? "", /diagnosis/);
    assert.equal((await app.data()).diagnosis, DIAGNOSIS);
  });
});
