import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logIn, PASSWORD, useApplication } from "../support/application.ts";

const NEXT = "another fine password";

describe("POST /account/password", () => {
  const app = useApplication();

  it("changes the password, ends all other sessions and gives this one a new id", async () => {
    const { client, username } = await app().signedIn();
    await client.get("/");
    const other = app().client();
    await logIn(other, username);
    const thief = client.thief();
    const reply = await client.post("/account/password", { json: { current: PASSWORD, next: NEXT } });
    assert.equal(reply.status, 200);
    assert.deepEqual(reply.json(), { message: "Your password was changed.", ended: 1 });
    assert.equal((await client.get("/dashboard")).status, 200);
    assert.equal((await other.get("/dashboard")).status, 401);
    assert.equal((await thief.get("/dashboard")).status, 401);
    assert.equal((await client.get("/", { as: "json" })).json<{ visits: number }>().visits, 2);
    const old = await app()
      .client()
      .post("/login", { json: { username, password: PASSWORD } });
    assert.equal(old.status, 401);
    await logIn(app().client(), username, NEXT);
  });

  it("refuses a wrong current password, and too many of them", async () => {
    const { client, username } = await app().signedIn();
    const other = app().client();
    await logIn(other, username);
    const attempt = () => client.post("/account/password", { json: { current: "a wrong one", next: NEXT } });
    for (let i = 0; i < 5; i++) assert.equal((await attempt()).status, 401);
    assert.equal((await attempt()).status, 429);
    assert.equal((await other.get("/dashboard")).status, 200);
  });

  it("refuses a weak, an unchanged and a missing password, and says why", async () => {
    const { client } = await app().signedIn();
    for (const [next, reason] of [
      ["short", /at least 12/],
      [PASSWORD, /must differ/],
      ["", /Enter a password/],
    ] as const) {
      const form = { current: PASSWORD, next };
      const reply = await client.post("/account/password", { as: "html", form });
      assert.equal(reply.status, 400);
      assert.match(reply.text, reason);
    }
  });

  it("sends a browser to the dashboard with a message", async () => {
    const { client } = await app().signedIn();
    const form = { current: PASSWORD, next: NEXT };
    const reply = await client.post("/account/password", { as: "html", form });
    assert.equal(reply.status, 303);
    const page = await client.get(reply.headers.location ?? "", { as: "html" });
    assert.match(page.text, /Your password was changed/);
  });

  it("lets no log-in with the old password slip in while it changes", async () => {
    const { client, username } = await app().signedIn();
    const late = Array.from({ length: 4 }, () => app().client());
    await Promise.all([
      client.post("/account/password", { json: { current: PASSWORD, next: NEXT } }),
      ...late.map((device) => device.post("/login", { json: { username, password: PASSWORD } })),
    ]);
    for (const device of late) assert.equal((await device.get("/dashboard")).status, 401);
  });
});
