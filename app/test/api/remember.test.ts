import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PASSWORD, useApplication } from "../support/application.ts";
import type { Client } from "../support/client.ts";

const MAX_AGE = /; Max-Age=(\d+)/;

describe("remember me", () => {
  const app = useApplication({ IDLE_TIMEOUT: "12h", ABSOLUTE_TIMEOUT: "12h" });

  const logIn = async (fields: Record<string, unknown>): Promise<{ client: Client; cookie: string }> => {
    const { username } = await app().signedIn();
    const client = app().client();
    const reply = await client.post("/login", { json: { username, password: PASSWORD, ...fields } });
    assert.equal(reply.status, 200);
    return { client, cookie: reply.setCookie.join() };
  };

  it("makes the cookie last until the absolute limit; otherwise it ends with the browser", async () => {
    const { cookie } = await logIn({ remember: true });
    assert.equal(MAX_AGE.exec(cookie)?.[1], String(12 * 3600));
    for (const fields of [{}, { remember: false }, { remember: "no" }, { remember: ["on"] }]) {
      assert.doesNotMatch((await logIn(fields)).cookie, /Max-Age|Expires/);
    }
  });

  it("is a box on the log-in form, which stays ticked when the password was wrong", async () => {
    const { username } = await app().signedIn();
    const client = app().client();
    const page = await client.get("/login", { as: "html" });
    assert.match(page.text, /<input id="remember" name="remember" [^>]*type="checkbox"/);
    assert.match(page.text, /for 12 hours at most/);
    assert.doesNotMatch(page.text, / checked/);
    const wrong = { username, password: "not the password", remember: "on" };
    assert.match((await client.post("/login", { as: "html", form: wrong })).text, / checked/);
    const right = await client.post("/login", { as: "html", form: { ...wrong, password: PASSWORD } });
    assert.match(right.setCookie.join(), MAX_AGE);
  });

  it("moves no limit: the session is over at the absolute one, however often it is used", async () => {
    const { client } = await logIn({ remember: true });
    for (let hour = 1; hour < 12; hour++) {
      app().clock.advance("1h");
      assert.equal((await client.get("/dashboard")).status, 200, `after ${hour} hours`);
    }
    app().clock.advance("1h");
    assert.equal((await client.get("/dashboard")).status, 401);
  });

  it("counts as no fresh password, and survives giving one with its limit and its cookie", async () => {
    const { client } = await logIn({ remember: true });
    app().clock.advance("1h");
    const end = () => client.send("/account/sessions", { method: "DELETE", as: "json" });
    assert.equal((await end()).status, 403);
    const confirmed = await client.post("/confirm", { json: { password: PASSWORD } });
    assert.equal(MAX_AGE.exec(confirmed.setCookie.join())?.[1], String(11 * 3600));
    assert.equal((await end()).status, 200);
    const change = { current: PASSWORD, next: "another fine password" };
    const changed = await client.post("/account/password", { json: change });
    assert.equal(
      MAX_AGE.exec(changed.setCookie.join())?.[1],
      String(12 * 3600),
      "a new session, as remembered",
    );
  });

  it("shows in the list of sessions", async () => {
    const { client } = await logIn({ remember: true });
    const reply = await client.get("/account/sessions", { as: "json" });
    const { sessions } = reply.json<{ sessions: { remembered: boolean; current: boolean }[] }>();
    assert.deepEqual(
      sessions.map(({ current, remembered }) => [current, remembered]),
      [
        [true, true],
        [false, false],
      ],
    );
    assert.equal(
      (await client.get("/account/sessions", { as: "html" })).text.match(/>Remembered</g)?.length,
      1,
    );
  });
});
