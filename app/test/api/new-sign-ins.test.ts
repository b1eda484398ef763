import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logIn, PASSWORD, useApplication } from "../support/application.ts";
import type { Client } from "../support/client.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const NEWS = /New sign-in: ([^<]*)\./;

describe("news of a sign-in elsewhere", () => {
  const app = useApplication();

  const newsIn = async (client: Client, path = "/dashboard"): Promise<string | undefined> =>
    NEWS.exec((await client.get(path, { as: "html" })).text)?.[1]?.split(". ")[0];

  const signInElsewhere = async (username: string, userAgent = FIREFOX): Promise<Client> => {
    app().clock.advance("1m");
    const client = app().client();
    const headers = { "user-agent": userAgent };
    await client.post("/login", { headers, json: { username, password: PASSWORD } });
    return client;
  };

  it("comes once to each other session of the user, on any page, with a link to the list", async () => {
    const { client, username } = await app().signedIn();
    const second = await signInElsewhere(username);
    const third = await signInElsewhere(username, "curl/8.0");
    app().clock.advance("2m");
    const page = (await client.get("/", { as: "html" })).text;
    assert.match(page, /2 new sign-ins, the latest: curl on unknown system, 2 minutes ago/);
    assert.match(page, /<a href="\/account\/sessions">See your sessions<\/a>/);
    assert.equal(await newsIn(second, "/account/password"), "curl on unknown system, 2 minutes ago");
    for (const device of [client, second, third]) assert.equal(await newsIn(device), undefined);
    const fourth = await signInElsewhere(username);
    assert.equal(await newsIn(third, "/account/sessions"), "Firefox on Linux, just now");
    assert.equal(await newsIn(fourth), undefined);
  });

  it("does not come for the user's own confirming, for other users, or for a session that is over", async () => {
    const { client, username } = await app().signedIn();
    await app().signedIn();
    const second = await signInElsewhere(username);
    assert.ok(await newsIn(client));
    app().clock.advance("6m");
    await second.post("/confirm", { json: { password: PASSWORD } });
    assert.equal(await newsIn(client), undefined);
    const third = await signInElsewhere(username);
    await third.post("/logout");
    assert.equal(await newsIn(client), undefined);
  });

  it("is not used up by what shows no page", async () => {
    const { client, username } = await app().signedIn();
    await signInElsewhere(username);
    await client.get("/api/session");
    await client.get("/dashboard", { as: "json" });
    await client.get("/login", { as: "html" });
    assert.equal(await newsIn(client), "Firefox on Linux, just now");
  });

  it("repeats nothing that a client says of itself", async () => {
    const { client, username } = await app().signedIn();
    await signInElsewhere(username, "<script>alert(1)</script> Firefox/1");
    const { text } = await client.get("/dashboard", { as: "html" });
    assert.match(text, /New sign-in: Firefox on unknown system/);
    assert.ok(!text.includes("alert(1)"));
  });

  it("does not come for the session that a new password begins", async () => {
    const { client, username } = await app().signedIn();
    await signInElsewhere(username);
    assert.ok(await newsIn(client));
    app().clock.advance("1m");
    const change = { current: PASSWORD, next: "another fine password" };
    assert.equal((await client.post("/account/password", { json: change })).status, 200);
    assert.equal(await newsIn(client), undefined);
  });

  it("stays away where nobody signed in", async () => {
    const { client, username } = await app().signedIn();
    app().clock.advance("1m");
    await logIn(client, username);
    assert.equal(await newsIn(client), undefined);
  });
});
