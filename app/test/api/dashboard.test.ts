import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { useApplication } from "../support/application.ts";

describe("GET /dashboard", () => {
  const app = useApplication();

  it("welcomes who is logged in, in HTML and in JSON", async () => {
    const { client, username } = await app().signedIn("O'Brien & Söhne".replace("&", "-"));
    const html = await client.get("/dashboard", { as: "html" });
    assert.match(html.text, /Welcome back, O&#39;Brien - Söhne!/);
    const json = await client.get("/dashboard", { as: "json" });
    assert.deepEqual(json.json(), { message: `Welcome back, ${username}!`, user: username });
  });

  it("answers 401 `Please log in.`: as JSON, as a login page, or as text", async () => {
    const client = app().client();
    const json = await client.get("/dashboard", { as: "json" });
    assert.equal(json.status, 401);
    assert.deepEqual(json.json(), { error: "Please log in.", code: "ERR_LOGIN_REQUIRED" });
    const html = await client.get("/dashboard", { as: "html" });
    assert.equal(html.status, 401);
    assert.match(html.text, /Please log in\./);
    assert.match(html.text, /<form method="post" action="\/login">/);
    const text = await client.get("/dashboard");
    assert.equal(text.status, 401);
    assert.equal(text.text, "Please log in.\n");
    for (const reply of [json, html, text]) assert.equal(reply.setCookie.length, 0);
  });

  it("is not stored by any cache", async () => {
    const { client } = await app().signedIn();
    assert.equal((await client.get("/dashboard", { as: "html" })).headers["cache-control"], "no-store");
    for (const path of ["/dashboard", "/login"]) {
      assert.equal(
        (await app().client().get(path, { as: "html" })).headers["cache-control"],
        "no-store",
        path,
      );
    }
  });
});
