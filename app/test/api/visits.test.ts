import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logIn, useApplication } from "../support/application.ts";

describe("GET /", () => {
  const app = useApplication();

  it("greets the first visit and counts the next ones", async () => {
    const client = app().client();
    assert.match((await client.get("/")).text, /Welcome to this page for the first time!/);
    assert.match((await client.get("/")).text, /You visited this page 2 times/);
    assert.match((await client.get("/")).text, /You visited this page 3 times/);
  });

  it("answers JSON to programs and HTML to browsers", async () => {
    const client = app().client();
    const json = await client.get("/", { as: "json" });
    assert.match(json.headers["content-type"] ?? "", /^application\/json/);
    assert.deepEqual(json.json(), { message: "Welcome to this page for the first time!", visits: 1 });
    const html = await client.get("/", { as: "html" });
    assert.match(html.headers["content-type"] ?? "", /^text\/html/);
    assert.match(html.text, /<h1>You visited this page 2 times<\/h1>/);
  });

  it("counts each of many parallel visits", async () => {
    const client = app().client();
    await client.get("/");
    await Promise.all(Array.from({ length: 20 }, () => client.get("/", { as: "json" })));
    assert.equal((await client.get("/", { as: "json" })).json<{ visits: number }>().visits, 22);
  });

  it("goes on counting across a log-in, under a new id", async () => {
    const { username } = await app().signedIn();
    const client = app().client();
    await client.get("/");
    const before = client.cookies.get("__Host-session");
    await logIn(client, username);
    assert.notEqual(client.cookies.get("__Host-session"), before);
    assert.equal((await client.get("/", { as: "json" })).json<{ visits: number }>().visits, 2);
  });

  it("does not share a count between visitors", async () => {
    await app().client().get("/");
    assert.match((await app().client().get("/")).text, /for the first time/);
  });
});
