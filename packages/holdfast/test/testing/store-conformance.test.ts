import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HoldfastError } from "../../src/errors.ts";
import type { Handle, IndexedUser, Store, StoredRecord, StoreLack, Touch } from "../../src/store/contract.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import { storeConformance } from "../../src/testing/store-conformance.ts";

/** A memory store whose methods a fault may replace; each gets the sound store and may keep notes beside it. */
type Fault = (sound: MemoryStore) => Partial<Store>;

function faulty(fault: Fault): Store {
  const sound = new MemoryStore();
  const methods: Store = {
    capabilities: sound.capabilities,
    read: (handle, now) => sound.read(handle, now),
    create: (handle, record, now, generation, limit) => sound.create(handle, record, now, generation, limit),
    update: (handle, version, record, now) => sound.update(handle, version, record, now),
    touch: (touches, now) => sound.touch(touches, now),
    delete: (handle, now) => sound.delete(handle, now),
    listUser: (users, now) => sound.listUser(users, now),
    deleteUser: (users, now, except) => sound.deleteUser(users, now, except),
    deleteAll: (now) => sound.deleteAll(now),
    userGeneration: (user) => sound.userGeneration(user),
    countByKey: (now) => sound.countByKey(now),
    deleteByKey: (keyId, limit) => sound.deleteByKey(keyId, limit),
    readValue: (name, now) => sound.readValue(name, now),
    writeValue: (name, version, value, now, end) => sound.writeValue(name, version, value, now, end),
    scan: (now, page) => sound.scan(now, page),
    prune: (now, limit) => sound.prune(now, limit),
    close: () => sound.close(),
  };
  return { ...methods, ...fault(sound) };
}

/** The sentences, of those that match, that the store breaks. */
async function broken(
  open: () => Store,
  sentences = /./,
  lacks: readonly StoreLack[] = [],
): Promise<string[]> {
  const failed: string[] = [];
  const subject = () => {
    const store = open();
    return { store, close: () => store.close() };
  };
  for (const { name, skip, run } of storeConformance(subject, { lacks })) {
    if (sentences.test(name) && skip === undefined) await run().catch(() => failed.push(name));
  }
  return failed;
}

const cannot = (): never => {
  throw new HoldfastError("ERR_HOLDFAST_STORE_CANNOT");
};

const lacking = (sound: MemoryStore, ...lacks: readonly StoreLack[]): Pick<Store, "capabilities"> => ({
  capabilities: { ...sound.capabilities, lacks },
});

/** Each lacks something, and does with it what the contract says. */
const lackings: Readonly<Partial<Record<StoreLack, Fault>>> = {
  "atomic-writes": (sound) => lacking(sound, "atomic-writes"),
  revocation: (sound) => ({
    ...lacking(sound, "revocation"),
    delete: cannot,
    deleteUser: cannot,
    deleteAll: cannot,
  }),
  values: (sound) => ({ ...lacking(sound, "values"), readValue: cannot, writeValue: cannot }),
  limits: (sound) => ({
    ...lacking(sound, "limits"),
    create: (handle, record, now, generation, limit) =>
      limit === undefined ? sound.create(handle, record, now, generation) : cannot(),
  }),
  listing: (sound) => ({
    ...lacking(sound, "listing"),
    listUser: cannot,
    scan: cannot,
    countByKey: cannot,
    deleteByKey: cannot,
    deleteUser(users, now, except) {
      if (except !== undefined) cannot();
      sound.deleteUser(users, now);
      return 0;
    },
    deleteAll(now) {
      sound.deleteAll(now);
      return 0;
    },
  }),
};

const FOREVER = Number.MAX_SAFE_INTEGER;
const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Each breaks the contract in one way; beside it, words of a sentence that must fail. */
const faults: Readonly<Record<string, readonly [fault: Fault, sentence: RegExp]>> = {
  "returns expired records": [
    (sound) => ({ read: (handle) => sound.read(handle, 0) }),
    /millisecond it expires in/,
  ],
  "removes what it reads expired": [
    (sound) => ({
      read(handle, now) {
        const found = sound.read(handle, now);
        if (found === null) sound.delete(handle, now);
        return found;
      },
    }),
    /changes nothing by reading/,
  ],
  "overwrites on a collision": [
    (sound) => ({
      create(handle, record, now) {
        sound.delete(handle, now);
        return sound.create(handle, record, now);
      },
    }),
    /when another is created under its handle/,
  ],
  "updates whatever the version": [
    (sound) => ({
      update(handle, _version, record, now) {
        const found = sound.read(handle, now);
        return found !== null && sound.update(handle, found.version, record, now);
      },
    }),
    /one of a hundred updates of one version win/,
  ],
  "creates by an update": [
    (sound) => ({
      update(handle, version, record, now) {
        return sound.update(handle, version, record, now) || sound.create(handle, record, now) === "created";
      },
    }),
    /never creates a record by an update/,
  ],
  "checks the version before it waits, and writes after": [
    (sound) => ({
      async update(handle, version, record, now) {
        if (sound.read(handle, now)?.version !== version) return false;
        await later();
        const found = sound.read(handle, now);
        return found !== null && sound.update(handle, found.version, record, now);
      },
    }),
    /one of a hundred updates of one version win/,
  ],
  "keeps the version it is handed by an update": [
    (sound) => {
      const versions = new Map<Handle, number>();
      return {
        read(handle, now) {
          const found = sound.read(handle, now);
          return found && { ...found, version: versions.get(handle) ?? found.version };
        },
        update(handle, version, record, now) {
          versions.set(handle, record.version);
          return sound.update(handle, version, record, now);
        },
      };
    },
    /counts the version up/,
  ],
  "counts a touch as a version": [
    (sound) => ({
      touch(touches, now) {
        for (const { handle, version, expiresAt, header } of touches) {
          const found = sound.read(handle, now);
          if (found?.version === version) sound.update(handle, version, { ...found, expiresAt, header }, now);
        }
        return touches.map(({ handle }) => handle);
      },
    }),
    /a touch replaces the header and the expiry and nothing else/,
  ],
  "touches whatever the version": [
    (sound) => ({
      touch(touches, now) {
        const current = (touch: Touch) => ({
          ...touch,
          version: sound.read(touch.handle, now)?.version ?? 0,
        });
        return sound.touch(touches.map(current), now);
      },
    }),
    /skips those of another version/,
  ],
  "says it recorded every touch": [
    (sound) => ({
      touch(touches, now) {
        sound.touch(touches, now);
        return touches.map(({ handle }) => handle);
      },
    }),
    /says which it recorded/,
  ],
  "revives a session by a touch": [
    (sound) => {
      const seen = new Map<Handle, StoredRecord>();
      return {
        create(handle, record, now, generation) {
          seen.set(handle, record);
          return sound.create(handle, record, now, generation);
        },
        touch(touches, now) {
          const recorded = sound.touch(touches, now);
          for (const { handle, ...touched } of touches) {
            const record = seen.get(handle);
            if (record !== undefined) sound.create(handle, { ...record, ...touched }, now);
          }
          return recorded;
        },
      };
    },
    /leaves nothing of a session that is deleted while it is updated and touched/,
  ],
  "stops at the first touch that does not fit": [
    (sound) => ({
      touch(touches, now) {
        const recorded: Handle[] = [];
        for (const touch of touches) {
          if (sound.read(touch.handle, now)?.version !== touch.version) break;
          recorded.push(...sound.touch([touch], now));
        }
        return recorded;
      },
    }),
    /records many touches in one call/,
  ],
  "never lets a touch shorten a life": [
    (sound) => ({
      touch(touches, now) {
        const longer = (touch: Touch) => {
          const expiresAt = Math.max(touch.expiresAt, sound.read(touch.handle, now)?.expiresAt ?? 0);
          return { ...touch, expiresAt };
        };
        return sound.touch(touches.map(longer), now);
      },
    }),
    /ends a session earlier/,
  ],
  "says it deleted what was not live": [
    (sound) => ({
      delete(handle, now) {
        sound.delete(handle, now);
        return true;
      },
    }),
    /deletes a live record once/,
  ],
  "leaves an expired record where it is told to delete it": [
    (sound) => ({ delete: (handle, now) => sound.read(handle, now) !== null && sound.delete(handle, now) }),
    /deletes an expired record too/,
  ],
  "ends bytes at the first zero": [
    (sound) => ({
      read(handle, now) {
        const found = sound.read(handle, now);
        const end = found?.body.indexOf(0) ?? -1;
        return found && end >= 0 ? { ...found, body: found.body.subarray(0, end) } : found;
      },
    }),
    /every byte value/,
  ],
  "keeps text instead of bytes": [
    (sound) => ({
      create(handle, record, now, generation) {
        const body = new TextEncoder().encode(new TextDecoder().decode(record.body));
        return sound.create(handle, { ...record, body }, now, generation);
      },
    }),
    /every byte value/,
  ],
  "keeps all of the memory that it is shown a part of": [
    (sound) => ({
      create(handle, record, now, generation) {
        return sound.create(handle, { ...record, body: new Uint8Array(record.body.buffer) }, now, generation);
      },
    }),
    /just the bytes that a view/,
  ],
  "keeps times as 32-bit seconds": [
    (sound) => ({
      create(handle, record, now, generation) {
        const expiresAt = ((record.expiresAt / 1_000) | 0) * 1_000;
        return sound.create(handle, { ...record, expiresAt }, now, generation);
      },
    }),
    /times far in the future/,
  ],
  "ignores case": [
    (sound) => ({
      read: (handle, now) => sound.read(handle.toLowerCase(), now),
      create: (handle, record, now) => sound.create(handle.toLowerCase(), record, now),
      update: (handle, version, record, now) => sound.update(handle.toLowerCase(), version, record, now),
      delete: (handle, now) => sound.delete(handle.toLowerCase(), now),
    }),
    /differ in case only/,
  ],
  "lists the first hash only": [
    (sound) => ({ listUser: (users, now) => sound.listUser(users.slice(0, 1), now) }),
    /each of several hashes/,
  ],
  "lists a session twice": [
    (sound) => ({ listUser: (users, now) => users.flatMap((user) => sound.listUser([user], now)) }),
    /each of several hashes of a user, each once/,
  ],
  "lists expired sessions": [
    (sound) => ({ listUser: (users) => sound.listUser(users, 0) }),
    /lists no session that has expired/,
  ],
  "forgets the index on a re-hash": [
    (sound) => ({
      update(handle, version, record, now) {
        const found = sound.read(handle, now);
        return sound.update(handle, version, { ...record, user: found?.user ?? null }, now);
      },
    }),
    /moves a session to the user's new hash/,
  ],
  "deletes the exception too": [
    (sound) => ({ deleteUser: (users, now) => sound.deleteUser(users, now) }),
    /keeps the one session/,
  ],
  "counts expired sessions among the deleted": [
    (sound) => ({ deleteUser: (users, now, except) => sound.deleteUser(users, 0 * now, except) }),
    /counts only live sessions/,
  ],
  "moves no generation for a user without sessions": [
    (sound) => ({
      deleteUser(users, now, except) {
        const having = users.filter((user) => sound.listUser([user], 0).length > 0);
        return sound.deleteUser(having, now, except);
      },
    }),
    /a new number after each deletion/,
  ],
  "moves the generation of one hash only": [
    (sound) => ({
      deleteUser(users, now, except) {
        const doomed = sound.listUser(users.slice(1), now).filter(({ handle }) => handle !== except);
        for (const { handle } of doomed) sound.delete(handle, now);
        return doomed.length + sound.deleteUser(users.slice(0, 1), now, except);
      },
    }),
    /a new number after each deletion/,
  ],
  "does not look at the generation": [
    (sound) => ({ create: (handle, record, now) => sound.create(handle, record, now) }),
    /adds nothing for a sign-in that began before/,
  ],
  "looks at the generation before it waits, and creates after": [
    (sound) => ({
      async create(handle, record, now, generation) {
        const current = record.user === null ? 0 : sound.userGeneration(record.user);
        if (generation !== undefined && current !== generation) return "revoked";
        await later();
        return sound.create(handle, record, now);
      },
    }),
    /a deletion of the user overtakes/,
  ],
  "takes a forgotten deletion for a new one": [
    (sound) => ({
      create(handle, record, now, generation) {
        const current = record.user === null ? 0 : sound.userGeneration(record.user);
        if (generation !== undefined && current !== generation) return "revoked";
        return sound.create(handle, record, now);
      },
    }),
    /does not take a forgotten one for a new one/,
  ],
  "counts generations per user, from one": [
    (sound) => {
      const generations = new Map<IndexedUser, number>();
      return {
        create(handle, record, now, generation = FOREVER) {
          const current = generations.get(record.user ?? "") ?? 0;
          return current > generation ? "revoked" : sound.create(handle, record, now);
        },
        deleteUser(users, now, except) {
          for (const user of users) generations.set(user, (generations.get(user) ?? 0) + 1);
          return sound.deleteUser(users, now, except);
        },
        userGeneration: (user) => generations.get(user) ?? 0,
        prune(now, limit) {
          generations.clear();
          return sound.prune(now, limit);
        },
      };
    },
    /never uses a number again/,
  ],
  "prunes without a limit": [
    (sound) => ({ prune: (now) => sound.prune(now, FOREVER) }),
    /prunes expired records in batches/,
  ],
  "prunes live sessions": [
    (sound) => ({ prune: (now, limit) => sound.prune(now + 3_600_000, limit) }),
    /prunes expired records in batches/,
  ],
  "prunes nothing": [() => ({ prune: () => 0 }), /prunes expired records in batches/],
  "counts expired sessions by key": [
    (sound) => ({ countByKey: () => sound.countByKey(0) }),
    /counts live sessions by the key/,
  ],
  "writes a value whatever its version": [
    (sound) => ({
      writeValue: (name, _version, value, now) =>
        sound.writeValue(name, sound.readValue(name, now)?.version ?? 0, value, now),
    }),
    /does not write a value over another version/,
  ],
  "checks a value's version before it waits, and writes after": [
    (sound) => ({
      async writeValue(name, version, value, now) {
        const current = (): number => sound.readValue(name, now)?.version ?? 0;
        if (current() !== version) return false;
        await later();
        return sound.writeValue(name, current(), value, now);
      },
    }),
    /one of many writers of a value win/,
  ],
  "keeps no copy of a value": [
    (sound) => {
      let kept: Uint8Array = new Uint8Array();
      return {
        readValue(name, now) {
          const found = sound.readValue(name, now);
          return found && { ...found, value: kept };
        },
        writeValue(name, version, value, now) {
          kept = value;
          return sound.writeValue(name, version, value, now);
        },
      };
    },
    /as it was when it was written/,
  ],
  "removes values with everything": [
    (sound) => {
      let gone = false;
      return {
        readValue: (name, now) => (gone ? null : sound.readValue(name, now)),
        deleteAll(now) {
          gone = true;
          return sound.deleteAll(now);
        },
      };
    },
    /leaves live values alone/,
  ],
  "returns expired values": [
    (sound) => ({ readValue: (name) => sound.readValue(name, 0) }),
    /a value until the millisecond it expires in/,
  ],
  "removes a value that it finds expired": [
    (sound) => ({
      readValue(name, now) {
        const found = sound.readValue(name, now);
        if (found === null) sound.prune(now, FOREVER);
        return found;
      },
    }),
    /changes nothing by not returning it/,
  ],
  "writes over a value that has not expired": [
    (sound) => ({
      writeValue: (name, version, value, now, end) =>
        sound.writeValue(name, version, value, version === 0 ? FOREVER - 1 : now, end),
    }),
    /written again once it has expired/,
  ],
  "goes on counting the versions of an expired value": [
    (sound) => ({
      writeValue: (name, version, value, now, end) =>
        sound.writeValue(name, version, value, now, end) ||
        (sound.readValue(name, now) === null && sound.writeValue(name, 0, value, now, end)),
    }),
    /written again once it has expired/,
  ],
  "keeps the first end of a value": [
    (sound) => {
      const ends = new Map<string, number | undefined>();
      return {
        writeValue(name, version, value, now, end) {
          if (version === 0) ends.set(name, end);
          return sound.writeValue(name, version, value, now, ends.get(name));
        },
      };
    },
    /the end that was written last/,
  ],
  "prunes no values": [
    (sound) => ({
      writeValue: (name, version, value, now, end) =>
        sound.writeValue(name, version, value, now, end === undefined ? end : FOREVER),
    }),
    /prunes expired values/,
  ],
  "prunes as many values again as records": [
    (sound) => ({ prune: (now, limit) => sound.prune(now, limit) + sound.prune(now, limit) }),
    /prunes expired values/,
  ],
  "takes capitals in a value's name for small letters": [
    (sound) => ({
      readValue: (name, now) => sound.readValue(name.toLowerCase(), now),
      writeValue: (name, version, value, now, end) =>
        sound.writeValue(name.toLowerCase(), version, value, now, end),
    }),
    /in capitals/,
  ],
  "ends a value early for a clock that is behind": [
    (sound) => ({ readValue: (name, now) => sound.readValue(name, now + 1) }),
    /a value until the millisecond/,
  ],
  "removes a key's records without a limit": [
    (sound) => ({ deleteByKey: (keyId) => sound.deleteByKey(keyId, FOREVER) }),
    /depend on one key, in batches/,
  ],
  "scans in the order of creation": [
    (sound) => ({
      scan: (now, { after = "", limit }) => {
        const all = sound.scan(now, { limit: 1_000 }).filter(({ handle }) => handle > after);
        return all
          .sort((a, b) => Buffer.compare(a.record.body, b.record.body))
          .slice(0, limit)
          .reverse();
      },
    }),
    /in the order of their handles/,
  ],
  "scans from the first handle every time": [
    (sound) => ({ scan: (now, { limit }) => sound.scan(now, { limit }) }),
    /beginning after a handle/,
  ],
  "begins a page with the handle it is to begin after": [
    (sound) => ({
      scan: (now, { after = "", limit }) =>
        sound
          .scan(now, { limit: 1_000 })
          .filter(({ handle }) => handle >= after)
          .slice(0, limit),
    }),
    /beginning after a handle/,
  ],
  "scans expired sessions": [
    (sound) => ({ scan: (_now, page) => sound.scan(0, page) }),
    /scans no session that has expired/,
  ],
  "counts expired sessions to a page of a scan": [
    (sound) => ({
      scan: (now, page) => sound.scan(0, page).filter(({ record }) => record.expiresAt > now),
    }),
    /fills the page with others/,
  ],
  "scans by position": [
    (sound) => {
      let at = 0;
      return {
        scan(now, { after, limit }) {
          at = after === undefined ? 0 : at + limit;
          return sound.scan(now, { limit: 1_000 }).slice(at, at + limit);
        },
      };
    },
    /lives throughout once/,
  ],
  "scans signed-in sessions only": [
    (sound) => ({
      scan: (now, page) => sound.scan(now, page).filter(({ record }) => record.user !== null),
    }),
    /anonymous ones included/,
  ],
  "answers by promises and says it does not": [
    (sound) => ({ read: async (handle, now) => sound.read(handle, now) }),
    /answers without promises/,
  ],
  "cannot be closed twice": [
    (sound) => {
      let closed = false;
      return {
        close() {
          if (closed) throw new Error("already closed");
          closed = true;
          sound.close();
        },
      };
    },
    /can be closed twice/,
  ],
  "answers after it is closed": [() => ({ listUser: () => [] }), /say that it is closed/],
};

describe("the store conformance suite", () => {
  it("passes a sound store", async () => assert.deepEqual(await broken(() => faulty(() => ({}))), []));

  for (const [name, [fault, sentence]] of Object.entries(faults)) {
    it(`fails a store that ${name}`, async () => {
      assert.equal((await broken(() => faulty(fault), sentence)).length, 1);
    });
  }

  for (const [lack, fault] of Object.entries(lackings) as [StoreLack, Fault][]) {
    it(`passes a store that lacks ${lack} where it is told, and shows what it skips`, async () => {
      // A closed store says that it is closed, whatever else it cannot do.
      assert.deepEqual(await broken(() => faulty(fault), /^(?!.*once it is closed)/, [lack]), []);
      const cases = storeConformance(() => assert.fail("not run"), { lacks: [lack] });
      const skipped = cases.filter(({ skip }) => skip !== undefined);
      assert.ok(skipped.length > 0 && skipped.every(({ skip }) => skip === `the store lacks ${lack}`));
    });

    it(`fails a store that lacks ${lack} and should not, or says so and does not`, async () => {
      const honesty = /said to lack/;
      assert.equal((await broken(() => faulty(fault), honesty)).length, 1);
      assert.equal((await broken(() => faulty(() => ({})), honesty, [lack])).length, 1);
    });

    if (lack === "atomic-writes") continue;
    it(`fails a store that says it lacks ${lack}, and neither refuses it nor leaves it`, async () => {
      const claims: Fault = (sound) => lacking(sound, lack);
      assert.notDeepEqual(await broken(() => faulty(claims), /./, [lack]), []);
    });
  }

  it("runs everything on a store that lacks nothing", () => {
    const cases = storeConformance(() => assert.fail("not run"));
    assert.deepEqual(
      cases.filter(({ skip }) => skip !== undefined),
      [],
    );
  });

  it("looks through a second connection where there is one, and closes it", async () => {
    const closed: string[] = [];
    const cases = storeConformance(() => {
      const store = new MemoryStore();
      const second = new MemoryStore();
      return {
        store,
        reopen: () => ({ ...faulty(() => second), close: () => void closed.push("second") }) as Store,
        close: () => void closed.push("subject"),
      };
    });
    const [first] = cases;
    await assert.rejects(async () => first?.run(), /the record is missing/);
    assert.deepEqual(closed, ["second", "subject"]);
  });
});
