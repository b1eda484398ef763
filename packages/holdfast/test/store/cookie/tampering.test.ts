import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { systemRandom } from "../../../src/crypto/random.ts";
import { KeyRing } from "../../../src/keys/key-ring.ts";
import { carriedCodec } from "../../../src/session/record/carried-codec.ts";
import { recordSeal } from "../../../src/session/record/record-seal.ts";
import { carriedApp, copyOf, DATA, dataOf } from "../../support/carried.ts";
import { set, strongSecret } from "../../support/session-app.ts";

describe("a session that its client has tampered with", () => {
  it("is nobody's, whatever bits are flipped, cut off, added or swapped", async (test) => {
    const app = await carriedApp(test);
    await app.act(async (session) => {
      await session.signIn("anna");
      session.role = "reader";
    });
    const genuine = dataOf(app.agent);
    const mallory = app.agent.newBrowser();
    await mallory.signIn("mallory", { data: { role: "admin" } });
    const foreign = dataOf(mallory);
    const at = fc.nat({ max: genuine.length - 1 });
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const spoilt = fc.oneof(
      fc
        .tuple(at, fc.constantFrom(...letters))
        .map(([i, letter]) => genuine.slice(0, i) + letter + genuine.slice(i + 1)),
      at.map((i) => genuine.slice(0, i)),
      at.map((i) => genuine.slice(i)),
      fc.tuple(at, at).map(([i, j]) => genuine.slice(0, i) + foreign.slice(i, j) + genuine.slice(j)),
      at.map((i) => genuine.slice(0, i) + foreign.slice(i)),
      at.map((i) => foreign.slice(0, i) + genuine.slice(i)),
      fc.tuple(at, fc.base64String()).map(([i, text]) => genuine.slice(0, i) + text + genuine.slice(i)),
      fc.string({ unit: "grapheme-ascii", maxLength: 100 }),
    );
    // The last character may have bits that no byte takes, and base64 two more alphabets: the same bytes are the same
    // session.
    const bytesOf = (text: string): string =>
      `${text.slice(0, 5)}${Buffer.from(text.slice(5), "base64url").toString("latin1")}`;
    await fc.assert(
      fc.asyncProperty(spoilt, async (text) => {
        fc.pre(/^[!#-+\--:<-[\]-~]*$/.test(text) && bytesOf(text) !== bytesOf(genuine));
        const reply = await app.act((session) => session, { by: copyOf(app.agent, { [DATA]: text }) });
        assert.deepEqual([reply.status, reply.json()], [200, {}]);
      }),
      { numRuns: 300 },
    );
    assert.deepEqual(await app.data(), { role: "reader", userId: "anna" });
  });

  it("is nobody's if it says that there are more cookies of it than came", async (test) => {
    const app = await carriedApp(test);
    await app.agent.signIn("anna");
    const genuine = dataOf(app.agent);
    for (const count of ["0", "2", "3", "9", "x"]) {
      const reply = await app.act((session) => session, {
        by: copyOf(app.agent, { [DATA]: count + genuine.slice(1) }),
      });
      assert.deepEqual([reply.status, reply.json()], [200, {}], count);
    }
  });

  it("fits no other app and no other key", async (test) => {
    const secret = strongSecret();
    const one = await carriedApp(test, { secret, name: "shop" });
    const other = await carriedApp(test, { secret, name: "admin" });
    await one.agent.signIn("anna");
    const renamed = one.agent.newBrowser();
    for (const [name, value] of one.agent.cookies) renamed.cookies.set(name.replace("shop", "admin"), value);
    const there = copyOf(other.agent, Object.fromEntries(renamed.cookies));
    assert.deepEqual([...there.cookies.keys()], ["__Host-admin", "__Host-admin.data"]);
    assert.deepEqual(await other.data(there), {}, "an app with another cookie's name");
    assert.equal((await one.data()).userId, "anna");
    const stranger = await carriedApp(test, { name: "shop" });
    const away = copyOf(stranger.agent, Object.fromEntries(one.agent.cookies));
    assert.deepEqual(await stranger.data(away), {}, "another key");
  });

  it("cannot be given a longer life, a version or a mark: none of it opens", () => {
    const keys = new KeyRing([strongSecret()]);
    const seal = recordSeal(keys, "__Host-session", systemRandom);
    const handle = "h".repeat(22);
    const recordHeader = {
      createdAt: 1,
      authenticatedAt: 0,
      level: 0,
      methods: [],
      idle: 5,
      endsAt: 10,
      cookieLife: 0,
      remembered: false,
      proof: "p".repeat(43),
      secretSince: 1,
      next: undefined,
      previous: undefined,
      wraps: [],
      user: "anna",
      client: {},
      pending: [],
      lock: "none" as const,
      impersonation: null,
    };
    const stamped = {
      header: recordHeader,
      seenAt: 1,
      writtenIn: 1,
      tie: { headerVersion: 1, dataVersion: 1 },
    };
    const header = carriedCodec(keys).sealHeader(handle, keys.newest.id, stamped);
    assert.ok(header instanceof Uint8Array);
    const record = {
      version: 3,
      expiresAt: 10,
      user: keys.newest.userHash("anna"),
      keyId: keys.newest.id,
      header,
      body: Buffer.from("{}"),
    };
    const marks = { user: "u".repeat(11), all: "a".repeat(11) };
    const text = seal.seal(handle, record, marks);
    const opened = seal.open(handle, text);
    assert.deepEqual(opened?.marks, marks);
    assert.deepEqual([opened?.record.version, opened?.record.expiresAt], [3, 10]);
    assert.deepEqual(opened?.record.user, record.user);
    assert.equal(seal.endOf(record), 10);
    assert.equal(seal.open("i".repeat(22), text), null, "another handle");
    const bytes = Buffer.from(text.slice(4), "base64url");
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Buffer.from(bytes);
      flipped[i] = (flipped[i] ?? 0) ^ 1;
      assert.equal(seal.open(handle, text.slice(0, 4) + flipped.toString("base64url")), null);
    }
  });

  it("makes no request fail, whatever the cookies are", async (test) => {
    const app = await carriedApp(test, { chunks: 3 });
    await app.act(set({ a: 1 }));
    const value = fc
      .string({ unit: "grapheme-ascii", maxLength: 60 })
      .map((text) => text.replace(/[;\s]/g, ""));
    const name = fc.constantFrom(DATA, `${DATA}.1`, `${DATA}.2`, `${DATA}.3`, `${DATA}.`, `${DATA}.0`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 8 }), async (pairs) => {
        const own = `${[...app.agent.cookies][0]?.join("=")}`;
        const cookie = [own, ...pairs.map((pair) => pair.join("="))].join("; ");
        const request = { by: app.agent.newBrowser(), headers: { cookie } };
        const reply = await app.act((session) => session, request);
        assert.deepEqual([reply.status, reply.json()], [200, {}]);
      }),
      { numRuns: 200 },
    );
  });
});
