import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { useApplication } from "../support/application.ts";

interface Status {
  user: string;
  handle: string;
  createdAt: string;
  lastSeenAt: string;
  idleExpiresAt: string;
  absoluteExpiresAt: string;
  now: string;
}

const MINUTE = 60_000;

describe("GET /api/session", () => {
  const app = useApplication();

  it("tells whose session it is and how long it lasts", async () => {
    const { client, username } = await app().signedIn();
    const now = app().clock.now();
    const status = (await client.get("/api/session")).json<Status>();
    assert.equal(status.user, username);
    assert.match(status.handle, /^[\w-]{22}$/);
    assert.equal(Date.parse(status.createdAt), now);
    assert.equal(Date.parse(status.lastSeenAt), now);
    assert.equal(Date.parse(status.idleExpiresAt), now + 30 * MINUTE);
    assert.equal(Date.parse(status.absoluteExpiresAt), now + 12 * 60 * MINUTE);
    assert.equal(Date.parse(status.now), now);
  });

  it("answers 401 without a user", async () => {
    assert.equal((await app().client().get("/api/session")).status, 401);
  });

  it("does not keep a session alive, however often it is asked", async () => {
    const { client } = await app().signedIn();
    for (let minute = 5; minute < 30; minute += 5) {
      app().clock.advance("5m");
      const reply = await client.get(`/api/session?n=${minute}`);
      assert.equal(reply.status, 200, `after ${minute} minutes`);
    }
    app().clock.advance("5m");
    app().clock.advance(1);
    assert.equal((await client.get("/api/session")).status, 401);
    assert.equal((await client.get("/dashboard")).status, 401);
  });
});

describe("POST /api/session/extend", () => {
  const app = useApplication();

  it("keeps the session alive, and tells until when", async () => {
    const { client } = await app().signedIn();
    app().clock.advance("29m");
    const extended = (await client.post("/api/session/extend")).json<Status>();
    assert.equal(Date.parse(extended.idleExpiresAt), app().clock.now() + 30 * MINUTE);
    assert.equal(Date.parse(extended.lastSeenAt), app().clock.now());
    app().clock.advance("29m");
    assert.equal((await client.get("/dashboard")).status, 200);
  });

  it("counts even right after other activity", async () => {
    const { client } = await app().signedIn();
    app().clock.advance("10s");
    await client.post("/api/session/extend");
    // As the store has it, which other processes go by.
    const reply = await client.get("/account/sessions", { as: "json" });
    const [row] = reply.json<{ sessions: Status[] }>().sessions;
    assert.equal(Date.parse(row?.lastSeenAt ?? ""), app().clock.now());
  });

  it("never goes beyond the absolute limit", async () => {
    const { client } = await app().signedIn();
    for (let i = 0; i < 24; i++) {
      app().clock.advance("29m");
      assert.equal((await client.post("/api/session/extend")).status, 200);
    }
    app().clock.advance("25m"); // 24 * 29 + 25 > 12 * 60
    assert.equal((await client.get("/dashboard")).status, 401);
  });
});

describe("IDLE_TIMEOUT and ABSOLUTE_TIMEOUT", () => {
  const app = useApplication({ IDLE_TIMEOUT: "10m", ABSOLUTE_TIMEOUT: "1h" });

  it("set the limits", async () => {
    const { client } = await app().signedIn();
    const status = (await client.get("/api/session")).json<Status>();
    assert.equal(Date.parse(status.idleExpiresAt), app().clock.now() + 10 * MINUTE);
    assert.equal(Date.parse(status.absoluteExpiresAt), app().clock.now() + 60 * MINUTE);
    app().clock.advance("10m");
    app().clock.advance(1);
    assert.equal((await client.get("/dashboard")).status, 401);
  });
});
