import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logIn, PASSWORD, useApplication } from "../support/application.ts";
import type { Client, Reply } from "../support/client.ts";

const NEEDS_STEP_UP = "ERR_HOLDFAST_FRESH_SIGN_IN_REQUIRED";

interface Row {
  handle: string;
  current: boolean;
}

describe("once the last password is five minutes old", () => {
  const app = useApplication();

  const stale = async (): Promise<{ client: Client; other: Client; handle: string; own: string }> => {
    const { client, username } = await app().signedIn();
    app().clock.advance("5m");
    const other = app().client();
    await logIn(other, username);
    const { sessions } = (await client.get("/account/sessions", { as: "json" })).json<{ sessions: Row[] }>();
    const handle = sessions.find(({ current }) => !current)?.handle ?? "";
    const own = sessions.find(({ current }) => current)?.handle ?? "";
    return { client, other, handle, own };
  };

  const codeOf = (reply: Reply): string => reply.json<{ error: { code: string } }>().error.code;

  const confirm = (client: Client, password = PASSWORD): Promise<Reply> =>
    client.post("/confirm", { json: { password } });

  it("a program may not end sessions, and is told what is missing", async () => {
    const { client, other, handle } = await stale();
    for (const path of [
      `/account/sessions/${handle}`,
      "/account/sessions",
      `/account/sessions/${"A".repeat(22)}`,
    ]) {
      const reply = await client.send(path, { method: "DELETE", as: "json" });
      assert.equal(reply.status, 403);
      assert.equal(codeOf(reply), NEEDS_STEP_UP);
    }
    assert.equal((await other.get("/dashboard")).status, 200);
    assert.equal((await client.get("/dashboard")).status, 200);
  });

  it("the password lets it, with a new id, and the old one is dead", async () => {
    const { client, other, handle } = await stale();
    const thief = client.thief();
    const reply = await confirm(client);
    assert.equal(reply.status, 200);
    assert.equal(Date.parse(reply.json<{ authenticatedAt: string }>().authenticatedAt), app().clock.now());
    assert.equal((await thief.get("/dashboard")).status, 401);
    const ended = await client.send(`/account/sessions/${handle}`, { method: "DELETE" });
    assert.equal(ended.status, 200);
    assert.equal((await other.get("/dashboard")).status, 401);
  });

  it("the password moves no limit of the session, and keeps its data", async () => {
    const { client } = await stale();
    await client.get("/");
    const before = (await client.get("/api/session")).json<{
      absoluteExpiresAt: string;
      createdAt: string;
    }>();
    await confirm(client);
    const now = (await client.get("/api/session")).json<{ absoluteExpiresAt: string; createdAt: string }>();
    assert.equal(now.absoluteExpiresAt, before.absoluteExpiresAt);
    assert.equal(now.createdAt, before.createdAt);
    assert.equal((await client.get("/", { as: "json" })).json<{ visits: number }>().visits, 2);
  });

  it("a wrong password does not, nor do too many of them", async () => {
    const { client, handle } = await stale();
    for (let i = 0; i < 5; i++) assert.equal((await confirm(client, "a wrong password")).status, 401);
    assert.equal((await confirm(client)).status, 429);
    // What is guessed here is not guessed there.
    const change = { current: PASSWORD, next: "another fine password" };
    assert.equal((await client.post("/account/password", { json: change })).status, 429);
    const reply = await client.send(`/account/sessions/${handle}`, { method: "DELETE", as: "json" });
    assert.equal(codeOf(reply), NEEDS_STEP_UP);
  });

  it("one may still log out of one's own session, and change the password by giving it", async () => {
    const { client, own } = await stale();
    assert.equal((await client.send(`/account/sessions/${own}`, { method: "DELETE" })).status, 200);
    assert.equal((await client.get("/dashboard")).status, 401);
    const { client: changing, other } = await stale();
    const change = { current: PASSWORD, next: "another fine password" };
    assert.equal((await changing.post("/account/password", { json: change })).status, 200);
    assert.equal((await other.get("/dashboard")).status, 401);
    // That was a sign-in as good as any.
    assert.equal((await changing.send("/account/sessions", { method: "DELETE" })).status, 200);
  });

  it("a browser's form leads to the password and back to the list", async () => {
    const { client, other, handle } = await stale();
    for (const path of [`/account/sessions/${handle}/end`, "/account/sessions/end-others"]) {
      const reply = await client.post(path, { as: "html", form: {} });
      assert.equal(reply.status, 303);
      const back = encodeURIComponent("/account/sessions?notice=confirmed");
      assert.equal(reply.headers.location, `/confirm?returnTo=${back}`);
    }
    const page = await client.get("/confirm?returnTo=%2Faccount%2Fsessions", { as: "html" });
    assert.match(page.text, /name="returnTo" value="\/account\/sessions"/);
    const form = { password: PASSWORD, returnTo: "/account/sessions" };
    const confirmed = await client.post("/confirm", { as: "html", form });
    assert.equal(confirmed.headers.location, "/account/sessions");
    await client.post(`/account/sessions/${handle}/end`, { as: "html", form: {} });
    assert.equal((await other.get("/dashboard")).status, 401);
  });

  it("the way back never leads to another site, nor in a circle", async () => {
    const { client } = await stale();
    for (const returnTo of [
      "//evil.example",
      "https://evil.example",
      "/\\evil.example",
      "/confirm",
      "/login",
    ]) {
      const page = await client.get(`/confirm?returnTo=${encodeURIComponent(returnTo)}`, { as: "html" });
      assert.match(page.text, /name="returnTo" value="\/dashboard"/);
      const reply = await client.post("/confirm", { as: "html", form: { password: PASSWORD, returnTo } });
      assert.equal(reply.headers.location, "/dashboard");
      app().clock.advance("5m");
    }
  });

  it("nobody confirms without being logged in", async () => {
    const reply = await app()
      .client()
      .post("/confirm", { json: { password: PASSWORD } });
    assert.equal(reply.status, 401);
    assert.equal(reply.json<{ code: string }>().code, "ERR_LOGIN_REQUIRED");
  });
});
