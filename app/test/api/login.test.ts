import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Passwords } from "../../src/accounts/passwords.ts";
import { Turnstile } from "../../src/accounts/turnstile.ts";
import { logIn, PASSWORD, useApplication } from "../support/application.ts";

const WRONG = { error: "Wrong username or password.", code: "ERR_WRONG_CREDENTIALS" };

describe("signing up", () => {
  const app = useApplication();

  it("logs the new user in and sends a browser to the dashboard", async () => {
    const client = app().client();
    const reply = await client.post("/signup", { as: "html", form: { username: "Ada", password: PASSWORD } });
    assert.equal(reply.status, 303);
    assert.equal(reply.headers.location, "/dashboard");
    assert.match((await client.get("/dashboard")).text, /Welcome back, Ada!/);
  });

  it("answers 201 to a program", async () => {
    const reply = await app()
      .client()
      .post("/signup", { json: { username: "Grace", password: PASSWORD } });
    assert.equal(reply.status, 201);
    assert.deepEqual(reply.json(), { message: "Welcome, Grace!", user: "Grace" });
  });

  it("refuses a name that is taken, however it is written", async () => {
    await app().signedIn("Edsger");
    for (const username of ["Edsger", " edsger ", "EDSGER", "ｅｄｓｇｅｒ"]) {
      const reply = await app()
        .client()
        .post("/signup", { json: { username, password: PASSWORD } });
      assert.equal(reply.status, 409, username);
    }
  });

  it("gives one name to one of many who ask for it at once", async () => {
    const json = { username: "Barbara", password: PASSWORD };
    const replies = await Promise.all(
      Array.from({ length: 4 }, () => app().client().post("/signup", { json })),
    );
    assert.deepEqual(replies.map(({ status }) => status).sort(), [201, 409, 409, 409]);
  });

  it("refuses bad names and weak passwords with a sentence, keeping what was typed but the password", async () => {
    const short = await app()
      .client()
      .post("/signup", { as: "html", form: { username: "Zoe", password: "short" } });
    assert.equal(short.status, 400);
    assert.match(short.text, /Use at least 12 characters/);
    assert.match(short.text, /value="Zoe"/);
    assert.ok(!short.text.includes('"short"'));
    const json = { username: "<script>alert(1)</script>", password: PASSWORD };
    const name = await app().client().post("/signup", { as: "html", json });
    assert.equal(name.status, 400);
    assert.ok(!name.text.includes("<script>alert"));
  });

  it("takes fields of any other type for missing ones", async () => {
    for (const json of [{ username: ["x"], password: { length: 20 } }, [], null, "text", 7, {}]) {
      const reply = await app().client().post("/signup", { json });
      assert.equal(reply.status, 400, JSON.stringify(json));
    }
  });
});

describe("POST /login", () => {
  const app = useApplication();

  it("logs in, with a name in any case", async () => {
    const { username } = await app().signedIn("Alan");
    const reply = await app()
      .client()
      .post("/login", { json: { username: "ALAN", password: PASSWORD } });
    assert.equal(reply.status, 200);
    assert.deepEqual(reply.json(), { message: `Welcome back, ${username}!`, user: username });
  });

  it("answers an unknown user and a wrong password with the same 401", async () => {
    const { username } = await app().signedIn();
    const wrong = await app()
      .client()
      .post("/login", { json: { username, password: "not the password" } });
    const unknown = await app()
      .client()
      .post("/login", { json: { username: "nobody", password: PASSWORD } });
    for (const reply of [wrong, unknown]) {
      assert.equal(reply.status, 401);
      assert.deepEqual(reply.json(), WRONG);
    }
    const page = await app()
      .client()
      .post("/login", { as: "html", form: { username, password: "wrong" } });
    assert.equal(page.status, 401);
    assert.match(page.text, /Wrong username or password\./);
    assert.equal(page.setCookie.length, 0);
  });

  it("gives a new id, and the one from before the log-in is worth nothing", async () => {
    const { username } = await app().signedIn();
    const client = app().client();
    await client.get("/");
    const planted = client.thief();
    await logIn(client, username);
    assert.equal((await client.get("/dashboard")).status, 200);
    assert.equal((await planted.get("/dashboard")).status, 401);
  });

  it("slows guessing down for that name and address, and says for how long", async () => {
    const { username } = await app().signedIn();
    const guess = () =>
      app()
        .client()
        .post("/login", { json: { username, password: "a wrong guess" } });
    for (let attempt = 0; attempt < 5; attempt++) assert.equal((await guess()).status, 401);
    const refused = await guess();
    assert.equal(refused.status, 429);
    assert.equal(refused.headers["retry-after"], "300");
    assert.match(refused.json<{ error: string }>().error, /Try again in 5 minutes/);
    const right = await app()
      .client()
      .post("/login", { json: { username, password: PASSWORD } });
    assert.equal(right.status, 429, "not even the right password tells anything");
    const page = await app()
      .client()
      .post("/login", { as: "html", form: { username, password: PASSWORD } });
    assert.equal(page.headers["retry-after"], "300");
    await app().signedIn(); // others are not affected
    app().clock.advance("5m");
    await logIn(app().client(), username);
  });

  it("counts guesses that are under way at once", async () => {
    const { username } = await app().signedIn();
    const guess = () =>
      app()
        .client()
        .post("/login", { json: { username, password: "a wrong guess" } });
    const statuses = (await Promise.all(Array.from({ length: 8 }, guess))).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 401).length, 5);
    assert.equal(statuses.filter((status) => status === 429).length, 3);
  });

  it("forgets the failures of somebody who then gets it right", async () => {
    const { username } = await app().signedIn();
    for (let round = 0; round < 2; round++) {
      for (let attempt = 0; attempt < 4; attempt++) {
        await app()
          .client()
          .post("/login", { json: { username, password: "a wrong guess" } });
      }
      await logIn(app().client(), username);
    }
  });

  it("answers malformed and oversized bodies with 400 and 413, and never with details", async () => {
    const client = app().client();
    const headers = { "content-type": "application/json", "content-length": undefined };
    const broken = await client.post("/login", { headers, form: { x: "{" } });
    assert.equal(broken.status, 400);
    assert.deepEqual(broken.json(), {
      error: "The request could not be understood.",
      code: "ERR_BAD_REQUEST",
    });
    const large = await client.post("/login", { json: { username: "x".repeat(9000), password: "" } });
    assert.equal(large.status, 413);
  });
});

/** Counts the hashes that are worked out. */
class CountingTurnstile extends Turnstile {
  count = 0;

  override run<T>(work: () => Promise<T>): Promise<T> {
    this.count++;
    return super.run(work);
  }
}

describe("a refused log-in", () => {
  const turnstile = new CountingTurnstile(2, 64);
  const app = useApplication({}, { passwords: new Passwords({ ln: 8, r: 8, p: 1 }, turnstile) });

  it("costs the same work for an unknown user as for a wrong password", async () => {
    const { username } = await app().signedIn();
    for (const name of [username, "nobody at all", ""]) {
      const before = turnstile.count;
      await app()
        .client()
        .post("/login", { json: { username: name, password: "not the password" } });
      assert.equal(turnstile.count - before, 1, name);
    }
  });
});

describe("coming back after logging in", () => {
  const app = useApplication();

  it("follows the path of this application that was asked for", async () => {
    const { username } = await app().signedIn();
    const client = app().client();
    const page = await client.get("/account/sessions?x=1", { as: "html" });
    assert.equal(page.status, 401);
    const returnTo = /name="returnTo" value="([^"]*)"/.exec(page.text)?.[1] ?? "";
    assert.equal(returnTo, "/account/sessions?x=1");
    const reply = await client.post("/login", {
      as: "html",
      form: { username, password: PASSWORD, returnTo },
    });
    assert.equal(reply.headers.location, "/account/sessions?x=1");
  });

  it("goes to the dashboard instead of anywhere else", async () => {
    const { username } = await app().signedIn();
    for (const returnTo of ["//evil.example", "https://evil.example", "/\\evil.example", "/login", ""]) {
      const form = { username, password: PASSWORD, returnTo };
      const reply = await app().client().post("/login", { as: "html", form });
      assert.equal(reply.headers.location, "/dashboard", returnTo);
    }
  });
});

describe("POST /logout", () => {
  const app = useApplication();

  it("ends the session for everybody who holds its cookie, and clears the browser", async () => {
    const { client } = await app().signedIn();
    const thief = client.thief();
    const reply = await client.post("/logout", { as: "html" });
    assert.equal(reply.status, 303);
    assert.equal(reply.headers["clear-site-data"], '"cookies", "storage"');
    assert.match(reply.setCookie.join(), /^__Host-session=;.*Max-Age=0/);
    assert.equal(client.cookies.size, 0);
    assert.equal((await thief.get("/dashboard")).status, 401);
  });

  it("answers JSON to programs, and does nothing to those who are not logged in", async () => {
    const { client } = await app().signedIn();
    assert.deepEqual((await client.post("/logout", { as: "json" })).json(), {
      message: "You are logged out.",
    });
    assert.equal((await client.post("/logout", { as: "json" })).status, 200);
  });

  it("is not reached by GET", async () => {
    const { client } = await app().signedIn();
    assert.equal((await client.get("/logout")).status, 404);
    assert.equal((await client.get("/dashboard")).status, 200);
  });
});
