import assert from "node:assert/strict";
import { describe, it } from "node:test";
import expressSession from "express-session";
import fc from "fast-check";
import type { StoredRecord } from "../../../src/store/contract.ts";
import { EVERYONE } from "../../../src/store/express-session/entries.ts";
import { ExpressSessionStore } from "../../../src/store/express-session.ts";
import { assertRecord, newHandle, newUser, record } from "../../../src/testing/conformance/trial.ts";
import { mongoStore } from "./mongo-double.ts";
import { ScriptedStore } from "./scripted-store.ts";

const NOW = Date.UTC(2026, 0, 1);
const HANDLE = newHandle();
const USER = newUser();
const kinds = ["session", "ended", "revoked", "signed-out"] as const;

const sound = {
  kind: "session",
  name: HANDLE,
  createdAt: NOW,
  life: 1_000,
  everyone: 0,
  revoked: 0,
  version: 1,
  expiresAt: NOW + 1_000,
  user: USER,
  keyId: "k-01",
  header: "aGVhZGVy",
  body: "",
  token: 5,
};

/** Changes that leave little of ours as it should be. */
const changes = fc.dictionary(
  fc.constantFrom(...Object.keys(sound)),
  fc.oneof(fc.jsonValue(), fc.integer(), fc.double(), fc.constant(undefined), fc.string()),
  { maxKeys: 3 },
);

/** What is nearly one of ours: some fields are something else, or missing. */
const nearlyOurs = fc
  .tuple(fc.constantFrom(...kinds), fc.constantFrom(HANDLE, USER, newHandle(), "__proto__"), changes)
  .map(([kind, name, changed]) => ({ ...sound, kind, name, ...changed }));

/** An object that somebody else has put where one of ours would be. */
const stranger = fc.oneof(
  fc.json(),
  fc.oneof(fc.jsonValue(), nearlyOurs).map((holdfast) => JSON.stringify({ cookie: {}, holdfast })),
);

const names = [`session-${HANDLE}`, `ended-${HANDLE}`, `revoked-${USER}`, `signed-out-${USER}`, "else"];

function assertSound({ version, expiresAt, user, keyId, header, body }: StoredRecord): void {
  assert.ok(Number.isSafeInteger(version) && version >= 1 && expiresAt > NOW);
  assert.ok((user === null || typeof user === "string") && typeof keyId === "string");
  assert.ok(header instanceof Uint8Array && body instanceof Uint8Array);
}

describe("objects in the database that somebody else wrote", () => {
  it("break nothing, whatever they are and whatever names they have", async () => {
    const placed = fc.array(fc.tuple(fc.constantFrom(...names), stranger), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(placed, async (strangers) => {
        const foreign = new ScriptedStore(
          new Map(strangers.map(([name, text]) => [`holdfast-${name}`, text])),
        );
        const store = new ExpressSessionStore(foreign, { listing: true });
        const found = await store.read(HANDLE, NOW);
        if (found !== null) assertSound(found);
        for (const { record } of await store.listUser([USER], NOW)) assertSound(record);
        for (const { record } of await store.scan(NOW, { limit: 10 })) assertSound(record);
        await store.countByKey(NOW);
        await store.update(HANDLE, 1, record(NOW, { user: USER }), NOW);
        assert.ok(Number.isFinite(await store.userGeneration(USER)));
        await store.deleteUser([USER], NOW, newHandle());
        await store.delete(HANDLE, NOW);
        assert.equal(await store.read(HANDLE, NOW), null);
        const [handle, user] = [newHandle(), newUser()];
        assert.equal(await store.create(handle, record(NOW, { user }), NOW), "created");
        assertRecord(await store.read(handle, NOW), record(NOW, { user }));
      }),
      { numRuns: 200 },
    );
  });

  it("are read as a session only if every field can be", async () => {
    await fc.assert(
      fc.asyncProperty(changes, async (changed) => {
        const text = JSON.stringify({ cookie: {}, holdfast: { ...sound, ...changed } });
        const store = new ExpressSessionStore(
          new ScriptedStore(new Map([[`holdfast-session-${HANDLE}`, text]])),
        );
        const found = await store.read(HANDLE, NOW);
        if (found !== null) assertSound(found);
        else assert.notDeepEqual(changed, {});
      }),
      { numRuns: 300 },
    );
  });

  it("are no sessions of ours under another name than they were written under", async () => {
    const foreign = new ScriptedStore();
    const store = new ExpressSessionStore(foreign, { listing: true });
    const other = newHandle();
    await store.create(HANDLE, record(NOW, { user: USER }), NOW);
    foreign.entries.set(`holdfast-session-${other}`, foreign.entries.get(`holdfast-session-${HANDLE}`) ?? "");
    assert.equal(await store.read(other, NOW), null);
    assert.equal((await store.listUser([USER], NOW)).length, 1);
  });

  it("are neither listed nor believed where an app lets its users write into their sessions", async () => {
    const foreign = new ScriptedStore();
    const store = new ExpressSessionStore(foreign, { listing: true });
    await store.create(HANDLE, record(NOW, { user: USER }), NOW);
    const ended = { cookie: { originalMaxAge: null }, holdfast: { kind: "ended", name: HANDLE } };
    const copied = foreign.entries.get(`holdfast-session-${HANDLE}`) ?? "";
    foreign.entries.set("sid-of-another-app", JSON.stringify(ended));
    foreign.entries.set("sid-of-a-third", copied.replaceAll(HANDLE, newHandle()));
    assert.equal((await store.listUser([USER], NOW)).length, 1);
    assert.equal(await store.deleteUser([USER], NOW, newHandle()), 1);
  });
});

describe("strangers that all() gives without their names", () => {
  it("hide no session from its user's list, nor from its end", async () => {
    const foreign = mongoStore()();
    const store = new ExpressSessionStore(foreign, { listing: true });
    const [kept, stolen] = [newHandle(), newHandle()];
    for (const handle of [kept, stolen]) await store.create(handle, record(NOW, { user: USER }), NOW);
    for (const [id, holdfast] of Object.entries({
      one: { kind: "ended", name: stolen },
      two: { kind: "revoked", name: EVERYONE, token: 1 },
      three: { kind: "revoked", name: USER, token: 1 },
    })) {
      const maxAge = 3_600_000;
      const cookie = { originalMaxAge: maxAge, expires: new Date(Date.now() + maxAge) };
      const theirs = Object.assign({ cookie }, { holdfast });
      await new Promise((done) => foreign.set(id, theirs, done));
    }
    assert.equal((await store.listUser([USER], NOW)).length, 2);
    assert.equal(await store.deleteUser([USER], NOW, kept), 1);
    assert.equal(await store.read(stolen, NOW), null);
    assert.deepEqual(
      (await store.listUser([USER], NOW)).map(({ handle }) => handle),
      [kept],
    );
  });
});

describe("express-session's own sessions in the same database", () => {
  it("are no sessions of ours, are not removed, and its store finds no more of them", async () => {
    const database = new expressSession.MemoryStore();
    const cookie = new expressSession.Cookie();
    const mine = (id: string): Promise<unknown> =>
      new Promise((resolve) => database.get(id, (_error, session) => resolve(session)));
    database.set("sid", { cookie });
    database.set(HANDLE, { cookie });
    const store = new ExpressSessionStore(database, { exclusive: true });
    assert.equal(await store.read("sid", NOW), null);
    assert.equal(await store.read(HANDLE, NOW), null);
    assert.deepEqual(await store.scan(NOW, { limit: 10 }), []);
    assert.equal(await store.create(HANDLE, record(NOW), NOW), "created");
    assert.equal(await store.deleteByKey(record(NOW).keyId, 10), 1);
    assert.equal(await store.deleteAll(NOW), 0);
    await store.prune();
    for (const id of ["sid", HANDLE]) assert.ok(await mine(id));
  });
});
