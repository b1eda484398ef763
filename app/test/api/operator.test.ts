import assert from "node:assert/strict";
import { describe, it } from "node:test";
import Database from "libsql";
import { logIn, PASSWORD, useApplication } from "../support/application.ts";
import type { Client } from "../support/client.ts";

interface Overview {
  sessions: {
    handle: string;
    current: boolean;
    user: { id: string; name: string } | null;
    browser: string;
  }[];
  next: string | null;
  keys: { name: string; id: string; sessions: number; mayGo: boolean }[];
  events: { id: number; type: string; who: string; where: string; details: string }[];
}

const PATHS: readonly (readonly [method: string, path: string])[] = [
  ["GET", "/operator"],
  ["GET", "/operator?after=x"],
  ["GET", "/operator/events"],
  ["GET", "/operator/end-all"],
  ["POST", "/operator/end-all"],
  ["POST", "/operator/users/x/end"],
  ["POST", "/operator/sessions/x/end"],
];

const overview = async (client: Client, query = ""): Promise<Overview> => {
  const reply = await client.get(`/operator${query}`, { as: "json" });
  assert.equal(reply.status, 200, reply.text);
  return reply.json<Overview>();
};

describe("the operator's page without OPERATORS", () => {
  const app = useApplication();

  it("is not there, for anybody", async () => {
    const { client } = await app().signedIn("operator");
    const nothing = await client.get("/no-such-page", { as: "json" });
    for (const device of [client, app().client()]) {
      for (const [method, path] of PATHS) {
        const reply = await device.send(path, { method, as: "json" });
        assert.equal(reply.status, 404, path);
        assert.deepEqual(reply.json(), nothing.json());
      }
    }
    assert.doesNotMatch((await client.get("/dashboard", { as: "html" })).text, /href="\/operator"/);
  });
});

describe("the operator's page", () => {
  const app = useApplication({ OPERATORS: "Operator,Second" });
  let operators = 0;

  const operator = async (): Promise<Client> => {
    if (operators++ === 0) return (await app().signedIn("operator")).client;
    const client = app().client();
    await logIn(client, "operator");
    return client;
  };

  it("is there for operators only: other users find nothing, others are asked to log in", async () => {
    const first = await operator();
    const { client } = await app().signedIn();
    const { client: alike } = await app().signedIn("operator2");
    for (const [method, path] of PATHS) {
      for (const other of [client, alike]) {
        const reply = await other.send(path, { method, as: "json" });
        assert.equal(reply.status, 404, path);
        assert.equal(reply.json<{ code: string }>().code, "ERR_NOT_FOUND");
      }
      assert.equal((await app().client().send(path, { method, as: "json" })).status, 401, path);
    }
    assert.equal((await first.get("/operator", { as: "html" })).status, 200);
    assert.match((await first.get("/dashboard", { as: "html" })).text, /href="\/operator"/);
    assert.doesNotMatch((await client.get("/dashboard", { as: "html" })).text, /href="\/operator"/);
  });

  it("asks for the password again once the last is five minutes old", async () => {
    const client = await operator();
    app().clock.advance("5m");
    const program = await client.get("/operator", { as: "json" });
    assert.equal(program.status, 403);
    assert.match(program.text, /ERR_HOLDFAST_FRESH_SIGN_IN_REQUIRED/);
    assert.equal((await client.get("/operator/events")).status, 403);
    assert.equal((await client.post("/operator/end-all", { json: { confirm: "yes" } })).status, 403);
    const page = await client.get("/operator", { as: "html" });
    assert.equal(page.headers.location, "/confirm?returnTo=%2Foperator");
    const form = await client.post("/operator/end-all", { as: "html", form: { confirm: "yes" } });
    assert.equal(form.headers.location, "/confirm?returnTo=%2Foperator%3Fnotice%3Dconfirmed");
    await client.post("/confirm", { json: { password: PASSWORD } });
    assert.equal((await client.get("/operator", { as: "html" })).status, 200);
  });

  it("shows everybody's sessions, visitors' too, with events and keys, and no secret or whole user agent", async () => {
    const client = await operator();
    const headers = { "user-agent": "Mozilla/5.0 (Windows NT 10.0) Gecko Firefox/140.0 SecretAgent/7" };
    const visitor = app().client();
    await visitor.get("/", { headers });
    const user = app().client();
    await user.post("/signup", { headers, json: { username: "overseen", password: PASSWORD } });
    const { sessions, keys, events } = await overview(client);
    const seen = sessions.find(({ user }) => user?.name === "overseen");
    assert.equal(seen?.browser, "Firefox");
    assert.equal(sessions.filter(({ current }) => current).length, 1);
    assert.ok(sessions.some(({ user }) => user === null));
    const id = keys[0]?.id ?? "";
    assert.match(id, /^[\w-]{4}$/);
    assert.deepEqual(keys, [{ name: "Signing key", id, sessions: sessions.length, mayGo: false }]);
    const created = events.filter(({ type, who }) => type === "session_created" && who === "overseen");
    assert.deepEqual(
      created.map(({ where }) => where),
      ["Firefox on Windows, 127.0.0.1"],
    );
    const page = await client.get("/operator", { as: "html" });
    const texts = [page.text, JSON.stringify(await overview(client))];
    const cookies = [client, user, visitor].flatMap(({ cookies }) => [...cookies.values()]);
    for (const secret of [
      "SecretAgent",
      ...cookies,
      ...cookies.flatMap((cookie) => cookie.split(".").slice(2)),
    ]) {
      assert.ok(secret.length > 5);
      for (const text of texts) assert.ok(!text.includes(secret), secret);
    }
  });

  it("shows them page by page, each once, and takes no nonsense for a page", async () => {
    const client = await operator();
    for (let i = 0; i < 60; i++) await app().client().get("/");
    const first = await overview(client);
    assert.equal(first.sessions.length, 50);
    const handles = first.sessions.map(({ handle }) => handle);
    for (let next = first.next; next !== null; ) {
      const page = await overview(client, `?after=${next}`);
      handles.push(...page.sessions.map(({ handle }) => handle));
      next = page.next;
    }
    assert.equal(new Set(handles).size, handles.length);
    assert.ok(handles.length > 60);
    for (const after of ["", "x", "' OR 1=1 --", "\0", "a&after=b"]) {
      const again = await overview(client, `?after=${encodeURIComponent(after)}`);
      assert.deepEqual(again.sessions[0]?.handle, handles[0]);
    }
    const html = await client.get("/operator", { as: "html" });
    assert.match(html.text, new RegExp(`href="/operator\\?after=${first.next}"`));
  });

  it("ends one session, whosever it is, at once", async () => {
    const client = await operator();
    const { client: user, username } = await app().signedIn();
    const { client: safe } = await app().signedIn();
    const { sessions } = await overviewOfAll(client);
    const handle = sessions.find((session) => session.user?.name === username)?.handle;
    const reply = await client.post(`/operator/sessions/${handle}/end`, { as: "json" });
    assert.deepEqual(reply.json(), { message: "The session was ended.", ended: 1, current: false });
    assert.equal((await user.get("/dashboard")).status, 401);
    assert.equal((await safe.get("/dashboard")).status, 200);
    const again = await client.post(`/operator/sessions/${handle}/end`, { as: "json" });
    assert.equal(again.status, 404);
    assert.equal((await client.post("/operator/sessions/%00/end", { as: "json" })).status, 404);
    assert.match(app().log.join(""), /operator ended sessions what=one ended=1 operator=/);
  });

  it("ends all sessions of one user, and sends an operator who ended their own to the log-in page", async () => {
    const client = await operator();
    const { client: user, username } = await app().signedIn();
    const second = app().client();
    await logIn(second, username);
    const { sessions } = await overviewOfAll(client);
    const id = (name: string) => sessions.find((session) => session.user?.name === name)?.user?.id;
    const reply = await client.post(`/operator/users/${id(username)}/end`, { as: "html", form: {} });
    assert.equal(reply.headers.location, "/operator?notice=user-ended");
    for (const device of [user, second]) assert.equal((await device.get("/dashboard")).status, 401);
    const unknown = await client.post("/operator/users/nobody-at-all/end", { as: "json" });
    assert.equal(unknown.json<{ ended: number }>().ended, 0);
    const own = await client.post(`/operator/users/${id("operator")}/end`, { as: "html", form: {} });
    assert.equal(own.headers.location, "/login?notice=logged-out");
    assert.equal(client.cookies.size, 0);
  });

  it("ends every session only if that is confirmed, the operator's own too", async () => {
    const client = await operator();
    const { client: user } = await app().signedIn();
    for (const confirm of [undefined, "", "no", true]) {
      const refused = await client.post("/operator/end-all", { json: { confirm } });
      assert.equal(refused.status, 400);
    }
    assert.equal((await user.get("/dashboard")).status, 200);
    assert.match((await client.get("/operator/end-all", { as: "html" })).text, /you are too/);
    const thief = client.thief();
    const done = await client.post("/operator/end-all", { as: "html", form: { confirm: "yes" } });
    assert.equal(done.headers.location, "/login?notice=all-ended");
    assert.equal(client.cookies.size, 0);
    for (const device of [user, client, thief]) assert.equal((await device.get("/dashboard")).status, 401);
    assert.match(
      (await client.get("/login?notice=all-ended", { as: "html" })).text,
      /All sessions were ended/,
    );
  });

  it("takes no orders from another site", async () => {
    const client = await operator();
    const headers = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    const reply = await client.post("/operator/end-all", { form: { confirm: "yes" }, headers });
    assert.equal(reply.status, 403);
    assert.equal((await client.get("/dashboard")).status, 200);
  });

  it("escapes what users and clients call themselves", async () => {
    const client = await operator();
    const markup = `<img src=x onerror=alert(1)>"'&`;
    const { username } = await app().signedIn();
    const database = new Database(`${app().directory}/app.db`);
    database.prepare("UPDATE users SET name = ? WHERE name = ?").run(markup, username);
    database.close();
    await app()
      .client()
      .get("/", { headers: { "user-agent": markup } });
    const page = await client.get("/operator", { as: "html" });
    assert.ok(!page.text.includes("<img"));
    assert.match(page.text, /&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;/);
  });

  /** The sessions of all pages. */
  async function overviewOfAll(client: Client): Promise<Overview> {
    const first = await overview(client);
    for (let next = first.next; next !== null; ) {
      const page = await overview(client, `?after=${next}`);
      first.sessions.push(...page.sessions);
      next = page.next;
    }
    return first;
  }
});

describe("an operator without an account", () => {
  const app = useApplication({ OPERATORS: "nobody-yet" });

  it("is warned of at start", () => {
    assert.match(app().log.join(""), /warn +OPERATORS names a user without an account.* operator=nobody-yet/);
  });
});
