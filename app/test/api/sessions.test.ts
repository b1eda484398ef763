import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logIn, useApplication } from "../support/application.ts";
import type { Client } from "../support/client.ts";

interface Row {
  handle: string;
  current: boolean;
  browser: string;
  system: string;
  createdAt: string;
  lastSeenAt: string;
  ip: string;
}

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

const rowsOf = async (client: Client): Promise<Row[]> =>
  (await client.get("/account/sessions", { as: "json" })).json<{ sessions: Row[] }>().sessions;

const otherOf = async (client: Client): Promise<Row> => {
  const other = (await rowsOf(client)).find(({ current }) => !current);
  assert.ok(other);
  return other;
};

describe("GET /account/sessions", () => {
  const app = useApplication();

  it("lists a user's sessions, this device first, with browser, system and times", async () => {
    const { client, username } = await app().signedIn();
    const began = app().clock.now();
    app().clock.advance("4m");
    const second = app().client();
    const headers = { "user-agent": FIREFOX };
    await second.post("/login", { headers, json: { username, password: "granite kelp tides" } });
    const [first, other, ...more] = await rowsOf(client);
    assert.equal(more.length, 0);
    assert.equal(first?.current, true);
    assert.equal(Date.parse(first?.createdAt ?? ""), began);
    assert.deepEqual([other?.current, other?.browser, other?.system], [false, "Firefox", "Windows"]);
    assert.equal(Date.parse(other?.createdAt ?? ""), app().clock.now());
    const page = await client.get("/account/sessions", { as: "html" });
    assert.match(page.text, /Firefox on Windows/);
    assert.equal(page.text.match(/>This device</g)?.length, 1);
  });

  it("shows names of sessions that are worth nothing as cookies", async () => {
    const { client } = await app().signedIn();
    const [row] = await rowsOf(client);
    const thief = app().client();
    thief.cookies.set("__Host-session", row?.handle ?? "");
    assert.equal((await thief.get("/dashboard")).status, 401);
    const page = await client.get("/account/sessions", { as: "html" });
    const secret = client.cookies.get("__Host-session")?.split(".")[2] ?? "none";
    assert.ok(secret.length > 20 && !page.text.includes(secret));
  });

  it("needs somebody to be logged in, as all of it does", async () => {
    const client = app().client();
    assert.equal((await client.get("/account/sessions", { as: "json" })).status, 401);
    assert.equal((await client.send("/account/sessions", { method: "DELETE" })).status, 401);
    assert.equal((await client.send("/account/sessions/x", { method: "DELETE" })).status, 401);
    const form = await client.post("/account/sessions/end-others", { as: "html" });
    assert.match(form.text, /name="returnTo" value="\/account\/sessions"/);
  });
});

describe("ending sessions", () => {
  const app = useApplication();
  const twoDevices = async (): Promise<{ client: Client; other: Client; username: string }> => {
    const { client, username } = await app().signedIn();
    const other = app().client();
    await logIn(other, username);
    return { client, other, username };
  };

  it("ends one of one's own at once", async () => {
    const { client, other } = await twoDevices();
    const { handle } = await otherOf(client);
    const reply = await client.send(`/account/sessions/${handle}`, { method: "DELETE" });
    assert.equal(reply.status, 200);
    assert.equal((await other.get("/dashboard")).status, 401);
    assert.equal((await client.get("/dashboard")).status, 200);
  });

  it("answers 404 for another user's session, leaving it alone, as for an unknown one", async () => {
    const { client } = await app().signedIn();
    const { client: victim } = await app().signedIn();
    const [row] = await rowsOf(victim);
    const foreign = await client.send(`/account/sessions/${row?.handle}`, { method: "DELETE", as: "json" });
    const unknown = await client.send(`/account/sessions/${"A".repeat(22)}`, {
      method: "DELETE",
      as: "json",
    });
    const strange = await client.send("/account/sessions/..%2f%00%0d%0a", { method: "DELETE", as: "json" });
    for (const reply of [foreign, unknown, strange]) assert.equal(reply.status, 404);
    assert.deepEqual(foreign.json(), unknown.json());
    assert.equal((await victim.get("/dashboard")).status, 200);
  });

  it("ends all others, and says how many", async () => {
    const { client, other, username } = await twoDevices();
    const third = app().client();
    await logIn(third, username);
    const reply = await client.send("/account/sessions", { method: "DELETE" });
    assert.equal(reply.json<{ ended: number }>().ended, 2);
    assert.equal((await other.get("/dashboard")).status, 401);
    assert.equal((await third.get("/dashboard")).status, 401);
    assert.equal((await client.get("/dashboard")).status, 200);
  });

  it("logs out when it is one's own present session", async () => {
    const { client } = await app().signedIn();
    const [row] = await rowsOf(client);
    const reply = await client.send(`/account/sessions/${row?.handle}`, { method: "DELETE" });
    assert.equal(reply.status, 200);
    assert.equal(client.cookies.size, 0);
  });

  it("works with forms, for browsers without JavaScript", async () => {
    const { client, other, username } = await twoDevices();
    const { handle } = await otherOf(client);
    const one = await client.post(`/account/sessions/${handle}/end`, { as: "html", form: {} });
    assert.equal(one.headers.location, "/account/sessions?notice=session-ended");
    assert.equal((await other.get("/dashboard")).status, 401);
    const third = app().client();
    await logIn(third, username);
    const all = await client.post("/account/sessions/end-others", { as: "html", form: {} });
    assert.equal(all.headers.location, "/account/sessions?notice=others-ended");
    assert.equal((await third.get("/dashboard")).status, 401);
  });
});
