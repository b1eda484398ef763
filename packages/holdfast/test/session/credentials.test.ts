import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemRandom } from "../../src/crypto/random.ts";
import { deploymentOf } from "../../src/express/session.ts";
import { KeyRing } from "../../src/keys/key-ring.ts";
import { type Credential, Credentials } from "../../src/session/record/credentials.ts";
import type { RecordHeader } from "../../src/session/record/header.ts";
import { Snapshot } from "../../src/session/record/snapshot.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { cookieOf, sessionApp, set, strongSecret } from "../support/session-app.ts";

const newCredentials = (secret: string) => new Credentials(new KeyRing([secret]), systemRandom);

describe("what is remembered of sessions", () => {
  const secret = strongSecret();
  const load = (credentials: Credentials, value: string, data: Snapshot): Credential => {
    const credential = credentials.verify(value);
    assert.ok(credential);
    return keep(credentials, credential, data);
  };
  const keep = (credentials: Credentials, credential: Credential, data: Snapshot): Credential => {
    const header: RecordHeader = {
      createdAt: 0,
      authenticatedAt: 0,
      level: 0,
      methods: [],
      idle: 1,
      endsAt: 1,
      cookieLife: 0,
      remembered: false,
      proof: "",
      secretSince: 0,
      next: undefined,
      previous: undefined,
      wraps: [],
      user: null,
      client: {},
      pending: [],
      lock: "none",
      impersonation: null,
    };
    const record = { version: 1, expiresAt: 1, user: null, keyId: credential.keyId, header, body: data };
    const stamped = { header, seenAt: 0, writtenIn: 1, tie: { headerVersion: 1, dataVersion: 1 } };
    credentials.keep({ credential, record, ...stamped, data, presentableUntil: undefined });
    return credential;
  };
  const megabyte = Snapshot.ofJson(JSON.stringify({ text: "x".repeat(350_000) }));

  it("is an id that has come back, not one that was only issued", () => {
    const credentials = newCredentials(secret);
    const issued = credentials.issue();
    const verified = credentials.verify(issued.value);
    assert.notEqual(verified, issued);
    assert.equal(credentials.verify(issued.value), verified);
  });

  it("is bounded in bytes of data: what was not used for longest goes first", () => {
    const credentials = newCredentials(secret);
    const ids = Array.from({ length: 40 }, () => credentials.issue().value);
    const kept = ids.map((id) => load(credentials, id, megabyte));
    const still = ids.filter((id, index) => credentials.verify(id) === kept[index]);
    assert.ok(still.length >= 4 && still.length <= 20, `${still.length} megabytes`);
    assert.deepEqual(still, ids.slice(-still.length));
  });

  it("counts data once, however often it is written, and not at all once it is forgotten", () => {
    const credentials = newCredentials(secret);
    const [busy, other] = [credentials.issue().value, credentials.issue().value];
    const known = load(credentials, other, Snapshot.EMPTY);
    for (let i = 0; i < 100; i++) load(credentials, busy, megabyte);
    for (let i = 0; i < 100; i++) {
      credentials.forget(load(credentials, credentials.issue().value, megabyte));
    }
    assert.equal(credentials.verify(other), known);
  });

  it("does not count what is remembered of no id that has come back", () => {
    const credentials = newCredentials(secret);
    const other = credentials.issue().value;
    const known = load(credentials, other, Snapshot.EMPTY);
    for (let i = 0; i < 100; i++) keep(credentials, credentials.issue(), megabyte);
    assert.equal(credentials.verify(other), known);
  });

  it("counts nothing twice or less than once over a change of generations", () => {
    const credentials = newCredentials(secret);
    const ids = Array.from({ length: 12 }, () => credentials.issue().value);
    const early = ids.map((id) => load(credentials, id, megabyte));
    for (const credential of early) credentials.forget(credential);
    const later = Array.from({ length: 40 }, () => credentials.issue().value);
    const kept = later.map((id) => load(credentials, id, megabyte));
    const still = later.filter((id, index) => credentials.verify(id) === kept[index]);
    assert.ok(still.length <= 20, `${still.length} megabytes`);
  });

  it("is bounded in ids", () => {
    const credentials = newCredentials(secret);
    const first = credentials.issue().value;
    const known = credentials.verify(first);
    for (let i = 0; i < 20_001; i++) credentials.verify(credentials.issue().value);
    assert.notEqual(credentials.verify(first), known);
  });

  it("is no data of a session that a request has ended, or found ended", async (test) => {
    const app = await sessionApp(test, { store: new SqliteStore(":memory:") });
    const { credentials } = deploymentOf(app.sessions).core;
    const endings: [string, () => unknown][] = [
      ["signOut", () => app.act((session) => session.signOut())],
      ["destroy", () => app.act((session) => session.destroy())],
      ["regenerate", () => app.act((session) => session.regenerate())],
      ["a new user", () => app.act(set({ userId: "berta" }))],
      ["revoked", () => app.sessions.revokeUser("anna").then(() => app.data())],
    ];
    for (const [name, end] of endings) {
      await app.agent.signIn("anna", { data: { diagnosis: "none" } });
      const cookie = cookieOf(app.agent);
      await app.data();
      assert.match(credentials.verify(cookie)?.known?.data.json ?? "", /diagnosis/, name);
      await end();
      assert.equal(credentials.verify(cookie)?.known, undefined, name);
    }
  });
});
