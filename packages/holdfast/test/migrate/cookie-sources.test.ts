import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { sealData } from "iron-session";
import { cookieSessionSource } from "../../src/migrate/cookie-session.ts";
import { ironSessionSource } from "../../src/migrate/iron-session.ts";
import type { LegacyCredential, LegacySource } from "../../src/migrate/legacy-source.ts";
import { LEGACY_NAME as NAME, openCookieSession, openIronSession } from "../support/cookie-apps.ts";

const NEW = "new-new-new-new-new-new-new-new-new";
const OLD = "old-old-old-old-old-old-old-old-old";
const scope = { path: "/" };
const passwords = new Map([
  ["2", NEW],
  ["1", OLD],
]);

const keygripped = cookieSessionSource({ name: NAME, secrets: [NEW, OLD], algorithm: "sha1", scope });
const sealed = ironSessionSource({ name: NAME, passwords, scope });

const headerOf = (cookies: Iterable<readonly [string, string]>): string =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");

function only(source: LegacySource, header: string): LegacyCredential {
  const found = source.find(header) ?? [];
  assert.equal(found.length, 1);
  return found[0] ?? assert.fail();
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** The cookies of any text, as whoever has the secret can make them. */
function gripped(value: string, { name = NAME, secret = NEW, algorithm = "sha1" } = {}): string {
  const mac = createHmac(algorithm, secret).update(`${name}=${value}`).digest("base64url");
  return `${NAME}=${value}; ${NAME}.sig=${mac}`;
}

/** What one edit makes of a text: a character left out, put in, or replaced. */
const edits = fc.record({
  at: fc.nat(),
  length: fc.constantFrom(0, 1),
  put: fc.constantFrom("", "A", "z", "_", "-", "*", "~", "=", ".", "%41", '"', "1", "\u0141"),
});
type Edit = { readonly at: number; readonly length: number; readonly put: string };

function edited(text: string, { at, length, put }: Edit): string {
  const place = at % (text.length + 1);
  return text.slice(0, place) + put + text.slice(place + length);
}

describe("cookies of cookie-session", () => {
  it("are opened under every secret of the list, and the credential does not say under which", async (test) => {
    const ids = new Set<string>();
    for (const keys of [[NEW], [OLD], [OLD, NEW]]) {
      const old = await openCookieSession(test, { keys });
      const credential = only(keygripped, headerOf(await old.cookiesWith({ userId: "anna" })));
      assert.deepEqual(credential.load(0), { data: { userId: "anna" }, expiresAt: undefined, scope });
      ids.add(credential.id);
    }
    assert.equal(ids.size, 1);
  });

  it("may have been signed with another hash", () => {
    for (const algorithm of ["sha256", "sha384", "sha512"] as const) {
      const source = cookieSessionSource({ name: NAME, secrets: [OLD, NEW], algorithm, scope });
      const value = base64('{"a":1}');
      assert.deepEqual(source.find(gripped(value)), []);
      assert.equal(source.find(gripped(value, { algorithm }))?.length, 1);
    }
  });

  it("are nothing without their signature, or with that of another cookie", () => {
    const value = base64('{"a":1}');
    const genuine = gripped(value);
    assert.equal(only(keygripped, genuine).load(0) !== null, true);
    const [, mac = ""] = genuine.split(`${NAME}.sig=`);
    for (const header of [
      `${NAME}=${value}`,
      `${NAME}=${value}; ${NAME}.sig=`,
      `${NAME}=${value}; ${NAME}.SIG=${mac}`,
      `${NAME}=${base64('{"a":2}')}; ${NAME}.sig=${mac}`,
      gripped(value, { name: "other" }),
      gripped(value, { name: "" }),
      gripped(value, { secret: "another" }),
    ]) {
      assert.deepEqual(keygripped.find(header), [], header);
    }
    assert.equal(keygripped.find(`other=${value}; other.sig=${mac}`), undefined);
    assert.equal(keygripped.find(`${NAME}.sig=${mac}`), undefined);
    assert.equal(keygripped.find(undefined), undefined);
    assert.equal(keygripped.find(`${NAME}=`), undefined, "what signing out leaves");
  });

  it("are found among others of the name, and of the name of their signature", () => {
    const genuine = gripped(base64('{"a":1}'));
    const header = `${NAME}=x; ${NAME}.sig=y; ${genuine}; ${NAME}=; ${NAME}.sig=z`;
    assert.deepEqual(only(keygripped, header).id, only(keygripped, genuine).id);
    assert.equal(keygripped.find(`${genuine}; ${genuine}`)?.length, 1);
  });

  it("bring nothing that is no object, whoever has signed it", () => {
    for (const text of ["", "null", "1", '"text"', "[1]", "{", "\ufeff{}", "true", "{}x"]) {
      const value = base64(text) || "=";
      assert.equal(only(keygripped, gripped(value)).load(0), null, text);
    }
    assert.equal(only(keygripped, gripped("no base64!")).load(0), null);
  });

  it("are no credential after any one edit of value or signature that means another text", () => {
    const value = base64('{"userId":"anna","cart":[1,2,3]}');
    const [, mac = ""] = gripped(value).split(`${NAME}.sig=`);
    const { id } = only(keygripped, gripped(value));
    fc.assert(
      fc.property(edits, fc.boolean(), (edit, ofValue) => {
        const cookies = ofValue ? [edited(value, edit), mac] : [value, edited(mac, edit)];
        const found = keygripped.find(`${NAME}=${cookies[0]}; ${NAME}.sig=${cookies[1]}`) ?? [];
        for (const credential of found) assert.equal(credential.id, id);
        const isSame = cookies.every((cookie, i) => cookie.replaceAll('"', "") === [value, mac][i]);
        assert.equal(found.length > 0 && !isSame, false, cookies.join(" "));
      }),
      { numRuns: 1_000 },
    );
  });

  it("of any text throw nothing, signed or not, and too long ones are not looked at", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        keygripped.find(`${NAME}=${text}; ${NAME}.sig=${text}`);
        for (const { load } of keygripped.find(gripped(text.replaceAll(/[;\s]/g, ""))) ?? []) load(0);
      }),
    );
    assert.deepEqual(keygripped.find(gripped(base64(JSON.stringify({ a: "x".repeat(4_000) })))), []);
  });
});

describe("seals of iron-session", () => {
  const NOW = Date.now();

  it("are opened under the password that they name, and no other", async (test) => {
    for (const password of [{ 2: NEW }, { 1: OLD }, { 1: OLD, 2: NEW }]) {
      const old = await openIronSession(test, { password });
      const session = await only(sealed, headerOf(await old.cookiesWith({ userId: "anna" }))).load(NOW);
      assert.deepEqual(session?.data, { userId: "anna" });
    }
    for (const password of [{ 3: NEW }, { 1: NEW }, { 2: OLD }]) {
      assert.deepEqual(sealed.find(`${NAME}=${await sealData({ a: 1 }, { password })}`), []);
    }
    for (const id of ["constructor", "__proto__", "toString", ""]) {
      const seal = await sealData({ a: 1 }, { password: { 1: OLD } });
      assert.deepEqual(sealed.find(`${NAME}=${seal.replace("*1*", `*${id}*`)}`), [], id);
    }
  });

  it("end a minute after their date, and those without one never", async () => {
    const seal = await sealData({ a: 1 }, { password: { 2: NEW }, ttl: 3_600 });
    const end = Number(seal.split("*")[5]) + 60_000;
    const credential = only(sealed, `${NAME}=${seal}`);
    assert.deepEqual(await credential.load(end - 1), { data: { a: 1 }, expiresAt: end, scope });
    assert.equal(await credential.load(end), null);
    const lasting = await sealData({ a: 1 }, { password: { 2: NEW }, ttl: 0 });
    const session = await only(sealed, `${NAME}=${lasting}`).load(Number.MAX_SAFE_INTEGER);
    assert.deepEqual(session, { data: { a: 1 }, expiresAt: undefined, scope });
  });

  it("of iron-session before version 6 bring what was to persist", async () => {
    const older = { persistent: { userId: "anna" }, flash: { said: "hello" } };
    const seal = (await sealData(older, { password: { 2: NEW } })).replace("~2", "");
    assert.deepEqual((await only(sealed, `${NAME}=${seal}`).load(NOW))?.data, { userId: "anna" });
  });

  it("are one credential however their ending is written, which makes nothing else of their data", async () => {
    const seal = await sealData({ persistent: { role: "admin" }, role: "user" }, { password: { 2: NEW } });
    const { id } = only(sealed, `${NAME}=${seal}`);
    const bare = seal.replace("~2", "");
    for (const ending of ["", "~", "~1", "~3", "~2.5", "~02", "~2~1"]) {
      for (const text of [
        `${bare}${ending}`,
        `"${bare}${ending}"`,
        `${bare.replaceAll("*", "%2A")}${ending}`,
      ]) {
        const credential = only(sealed, `${NAME}=${text}`);
        assert.equal(credential.id, id, text);
        const session = await credential.load(NOW);
        assert.deepEqual(session?.data.role, ending === "~2~1" ? "user" : undefined, text);
      }
    }
  });

  it("bring nothing that is no object", async () => {
    for (const data of [null, 1, "text", [1], true]) {
      const seal = await sealData(data, { password: { 2: NEW } });
      assert.equal(await only(sealed, `${NAME}=${seal}`).load(NOW), null, JSON.stringify(data));
    }
  });

  it("are no credential after any one edit that means another text", async () => {
    const seal = await sealData({ userId: "anna" }, { password: { 2: NEW } });
    const { id } = only(sealed, `${NAME}=${seal}`);
    fc.assert(
      fc.property(edits, (edit) => {
        const text = edited(seal, edit);
        for (const credential of sealed.find(`${NAME}=${text}`) ?? []) {
          assert.equal(credential.id, id);
          const meant = text.replaceAll('"', "").replaceAll("%41", "A");
          assert.equal(meant.split("~")[0], seal.split("~")[0], text);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("of any text throw nothing, and too long ones are not looked at", async () => {
    const part = fc.string({ unit: "binary", maxLength: 40 });
    fc.assert(
      fc.property(part, fc.array(part, { maxLength: 12 }), (text, parts) => {
        sealed.find(`${NAME}=${text}`);
        sealed.find(`${NAME}=Fe26.2*2*${parts.join("*")}`);
      }),
    );
    const seal = await sealData({ a: "x".repeat(3_000) }, { password: { 2: NEW } });
    assert.ok(seal.length > 4_096);
    assert.deepEqual(sealed.find(`${NAME}=${seal}`), []);
    assert.equal(sealed.find("other=x"), undefined);
    assert.equal(sealed.find(`${NAME}=`), undefined);
  });

  it("cost no more for what a cookie says: an unknown password, or a date of many digits, costs nothing", () => {
    const huge = `${"9".repeat(17)}`;
    const wrong = [
      "Fe26.1*2*s*i*d**s*m",
      "Fe26.2*7*s*i*d**s*m",
      `Fe26.2*2*s*i*d*${huge}*s*m`,
      "*".repeat(4_000),
    ];
    for (const text of wrong) assert.deepEqual(sealed.find(`${NAME}=${text}`), []);
  });
});
