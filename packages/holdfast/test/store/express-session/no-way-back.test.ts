import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ExpressSessionStore, type ExpressSessionStoreOptions } from "../../../src/store/express-session.ts";
import { bytes, HOUR, newHandle, newUser, record } from "../../../src/testing/conformance/trial.ts";
import { ScriptedStore } from "./scripted-store.ts";

const NOW = Date.UTC(2026, 0, 1);
const SESSION = /^holdfast-session-/;

/** Two processes on one database. */
function twoProcesses(options: ExpressSessionStoreOptions = {}) {
  const foreign = [new ScriptedStore(), new ScriptedStore()] as const;
  const shared = [foreign[0], new ScriptedStore(foreign[0].entries)] as const;
  const [here, there] = shared;
  return {
    here,
    there,
    store: new ExpressSessionStore(here, options),
    other: new ExpressSessionStore(there, options),
  };
}

const userless = record(NOW);

describe("an operation in flight in another process", () => {
  const ends = {
    "a delete": (store: ExpressSessionStore, handle: string) => store.delete(handle, NOW),
    "the removal of the user's sessions": (store: ExpressSessionStore, _: string, user: string) =>
      store.deleteUser([user], NOW),
    "the removal of everybody's": (store: ExpressSessionStore) => store.deleteAll(NOW),
    "the removal of all of the user's but another": (store: ExpressSessionStore, _: string, user: string) =>
      store.deleteUser([user], NOW, newHandle()),
  };
  for (const [name, end] of Object.entries(ends)) {
    it(`does not undo ${name}, be it an update or a touch`, async () => {
      for (const write of ["update", "touch"] as const) {
        const { here, store, other } = twoProcesses({ listing: true });
        const [handle, user] = [newHandle(), newUser()];
        const next = record(NOW, { user, expiresAt: NOW + 2 * HOUR });
        await store.create(handle, record(NOW, { user }), NOW);
        const held = here.hold("set", SESSION);
        const writing =
          write === "update"
            ? store.update(handle, 1, next, NOW)
            : store.touch([{ handle, version: 1, expiresAt: next.expiresAt, header: bytes("") }], NOW);
        await held.come;
        await end(other, handle, user);
        for (const on of [store, other]) assert.equal(await on.read(handle, NOW), null);
        held.goOn();
        await writing;
        assert.equal(here.found(SESSION).length, 1, "the record should be back");
        for (const on of [store, other]) {
          assert.equal(await on.read(handle, NOW), null);
          assert.equal(await on.update(handle, 2, next, NOW), false);
          assert.equal((await on.create(handle, next, NOW, 0)) === "created", false);
          assert.deepEqual(await on.listUser([user], NOW), []);
        }
      }
    });
  }

  it("finds no session any more whose end is remembered, though its record is still there", async () => {
    const { here, there, store, other } = twoProcesses();
    const handle = newHandle();
    await store.create(handle, userless, NOW);
    const held = there.hold("destroy", SESSION);
    const ending = other.delete(handle, NOW);
    await held.come;
    assert.equal(await store.read(handle, NOW), null);
    held.goOn();
    assert.equal(await ending, true);
    assert.equal(here.found(SESSION).length, 0);
  });

  it("is outlived by the memory of the end, however long it has given the session to live", async () => {
    const { here, store, other } = twoProcesses();
    const handle = newHandle();
    const LIFE = 24 * HOUR;
    await store.create(handle, record(NOW, { expiresAt: NOW + LIFE }), NOW);
    // Near its end; a write in flight will give it all of its time again.
    const late = NOW + LIFE - 1;
    await store.update(handle, 1, record(NOW, { expiresAt: NOW + LIFE }), late);
    const held = here.hold("set", SESSION);
    const writing = store.update(handle, 2, record(NOW, { expiresAt: late + LIFE }), late);
    await held.come;
    await other.delete(handle, late);
    held.goOn();
    await writing;
    const [session] = here.found(SESSION);
    const [ended] = here.found(/^holdfast-ended-/);
    assert.ok(new Date(String(ended?.cookie.expires)) > new Date(String(session?.cookie.expires)));
  });

  it("does not keep a sign-in that began before all of the user's sessions but one were ended", async () => {
    const { here, store, other } = twoProcesses({ listing: true });
    const [handle, kept, user] = [newHandle(), newHandle(), newUser()];
    await store.create(kept, record(NOW, { user }), NOW);
    const generation = await store.userGeneration(user);
    const held = here.hold("set", SESSION);
    const creating = store.create(handle, record(NOW, { user }), NOW, generation);
    await held.come;
    assert.equal(await other.deleteUser([user], NOW, kept), 0);
    held.goOn();
    assert.equal(await creating, "revoked");
    assert.equal(await other.read(handle, NOW), null);
    assert.ok(await other.read(kept, NOW));
  });

  it("does not keep a session that takes its user's next name while both names' sessions are ended", async () => {
    for (const order of [0, 1]) {
      const { there, store, other } = twoProcesses();
      const [handle, oldName, newName] = [newHandle(), newUser(), newUser()];
      await store.create(handle, record(NOW, { user: oldName }), NOW);
      const names = order === 0 ? [oldName, newName] : [newName, oldName];
      // The new name's first number is there, the old name's is not.
      const held = there.hold("set", new RegExp(`revoked-${oldName}`));
      const ending = other.deleteUser(names, NOW);
      await held.come;
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(await store.update(handle, 1, record(NOW, { user: newName }), NOW), true);
      held.goOn();
      await ending;
      assert.equal(await store.read(handle, NOW), null);
    }
  });

  it("does not keep a session that has seen its user's next name only after both were through", async () => {
    const { here, store, other } = twoProcesses();
    const [handle, oldName, newName] = [newHandle(), newUser(), newUser()];
    await store.create(handle, record(NOW, { user: oldName }), NOW);
    const held = here.hold("get", new RegExp(`revoked-${newName}`));
    const updating = store.update(handle, 1, record(NOW, { user: newName }), NOW);
    await held.come;
    await other.deleteUser([newName, oldName], NOW);
    held.goOn();
    assert.equal(await updating, false);
    assert.equal(await store.read(handle, NOW), null);
  });

  it("lets two processes that each keep another session end both", async () => {
    const { store, other } = twoProcesses({ listing: true });
    const [one, two, user] = [newHandle(), newHandle(), newUser()];
    for (const handle of [one, two]) await store.create(handle, record(NOW, { user }), NOW);
    await Promise.all([store.deleteUser([user], NOW, one), other.deleteUser([user], NOW, two)]);
    for (const handle of [one, two]) assert.equal(await store.read(handle, NOW), null);
  });
});

describe("a session of a store for express-session", () => {
  it("lives on under its user's next name, whatever was ended under that before", async () => {
    const { store, other } = twoProcesses();
    const [handle, newName] = [newHandle(), newUser()];
    await store.create(handle, record(NOW, { user: newUser() }), NOW);
    await other.deleteUser([newName], NOW);
    assert.equal(await store.update(handle, 1, record(NOW, { user: newName }), NOW), true);
    assert.ok(await other.read(handle, NOW));
    await other.deleteUser([newName], NOW);
    assert.equal(await store.read(handle, NOW), null);
  });

  it("is over when its user's revocation could have been forgotten", async () => {
    const { store } = twoProcesses();
    const [handle, anonymous, user] = [newHandle(), newHandle(), newUser()];
    const expiresAt = NOW + 1_000 * 24 * HOUR;
    await store.create(handle, record(NOW, { user, expiresAt }), NOW);
    await store.create(anonymous, record(NOW, { expiresAt }), NOW);
    assert.ok(await store.read(handle, NOW + 399 * 24 * HOUR));
    assert.equal(await store.read(handle, NOW + 400 * 24 * HOUR), null);
    assert.ok(await store.read(anonymous, NOW + 400 * 24 * HOUR));
  });
});
