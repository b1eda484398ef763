import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logIn, PASSWORD, useApplication } from "../support/application.ts";
import type { Client, Reply } from "../support/client.ts";
import { bindDevice, renewProof } from "../support/device.ts";

interface Binding {
  thumbprint: string;
  algorithm: string;
  boundAt: string;
  provenAt: string;
}

interface Row {
  current: boolean;
  deviceBound: Binding | null;
}

const BOUND = "__Host-session-bound";
const MINUTE = 60_000;

describe("a session bound to the device", () => {
  const app = useApplication({ OPERATORS: "operator" });
  let users = 0;

  /** A new user on a device that has registered its key. */
  const bound = async (
    username = `bound-${++users}`,
  ): Promise<{ client: Client; username: string; registered: Reply }> => {
    const client = app().client();
    const signIn = await client.post("/signup", { json: { username, password: PASSWORD } });
    return { client, username, registered: await bindDevice(client, signIn) };
  };
  const idOf = (registered: Reply): string =>
    registered.json<{ session_identifier: string }>().session_identifier;
  const statusOf = async (client: Client) =>
    (await client.get("/api/session")).json<{ deviceBound: Binding | null; lastSeenAt: string }>();

  it("is offered at sign-up and at login, and to nobody else", async () => {
    const client = app().client();
    const json = { username: "offered", password: PASSWORD };
    for (const path of ["/signup", "/login"]) {
      const { headers } = await client.post(path, { json });
      assert.match(String(headers["secure-session-registration"]), /;path="\/device-bound\/register";/);
    }
    for (const path of ["/", "/login", "/dashboard"]) {
      const { headers } = await app().client().get(path);
      assert.equal(headers["secure-session-registration"], undefined, path);
    }
  });

  it("is registered and renewed by requests that do not say where they come from", async () => {
    const { client, registered } = await bound();
    assert.deepEqual([registered.status, client.cookies.has(BOUND)], [200, true]);
    const first = client.cookies.get(BOUND);
    app().clock.advance("11m");
    const renewed = await renewProof(client, idOf(registered), registered);
    assert.equal(renewed.status, 204);
    assert.notEqual(client.cookies.get(BOUND), first);
    assert.equal((await client.get("/dashboard")).status, 200);
    assert.deepEqual(
      app().log.filter((line) => / (?:warn|error) .*device-bound/.test(line)),
      [],
    );
  });

  it("is not kept alive by renewals", async () => {
    const { client, registered } = await bound();
    const began = app().clock.now();
    let reply = registered;
    for (let minutes = 9; minutes < 30; minutes += 9) {
      app().clock.advance("9m");
      reply = await renewProof(client, idOf(registered), reply);
      assert.equal(reply.status, 204);
    }
    assert.equal(Date.parse((await statusOf(client)).lastSeenAt), began);
    app().clock.advance("4m");
    assert.equal((await client.get("/dashboard")).status, 401);
  });

  it("shows in the list and the status which key it is bound to, and when the device last proved it", async () => {
    const { client, username, registered } = await bound();
    const boundAt = app().clock.now();
    await logIn(app().client(), username);
    app().clock.advance("9m");
    await renewProof(client, idOf(registered), registered);
    const { sessions } = (await client.get("/account/sessions", { as: "json" })).json<{ sessions: Row[] }>();
    const [own, other] = sessions;
    assert.equal(other?.deviceBound, null);
    assert.match(own?.deviceBound?.thumbprint ?? "", /^[\w-]{43}$/);
    assert.equal(own?.deviceBound?.algorithm, "ES256");
    assert.equal(Date.parse(own?.deviceBound?.boundAt ?? ""), boundAt);
    assert.equal(Date.parse(own?.deviceBound?.provenAt ?? ""), boundAt + 9 * MINUTE);
    assert.deepEqual((await statusOf(client)).deviceBound, own?.deviceBound);

    const { text } = await client.get("/account/sessions", { as: "html" });
    assert.equal(text.match(/>Device-bound<\/span>/g)?.length, 1);
    assert.equal(text.match(/Device proven /g)?.length, 1);
    assert.ok(text.includes(`>${own?.deviceBound?.thumbprint.slice(0, 8)}<`));
    assert.ok(text.includes("works only in the browser that holds its key"));
  });

  it("says nothing of devices where none is bound", async () => {
    const { client } = await app().signedIn();
    assert.equal((await statusOf(client)).deviceBound, null);
    assert.doesNotMatch((await client.get("/account/sessions", { as: "html" })).text, /device-bound/i);
  });

  it("answers a copy of its cookies with nobody's session once the bound one is over", async () => {
    const { client } = await bound();
    const thief = client.thief();
    assert.equal((await thief.get("/dashboard")).status, 200);
    app().clock.advance("11m");
    for (const path of ["/dashboard", "/api/session", "/account/sessions"]) {
      const reply = await thief.get(path, { as: "json" });
      assert.deepEqual(
        [reply.status, reply.json<{ code: string }>().code],
        [401, "ERR_HOLDFAST_DEVICE_PROOF_REQUIRED"],
      );
    }
    const page = await thief.post("/account/password", {
      as: "html",
      form: { current: PASSWORD, next: "x" },
    });
    assert.equal(page.status, 401);
    assert.match(page.text, /bound to a device/);
  });

  it("is seen by operators, and what happens to it in words", async () => {
    const operator = app().client();
    await operator.post("/signup", { json: { username: "operator", password: PASSWORD } });
    const { client, username, registered } = await bound();
    const again = await client.post("/device-bound/register");
    assert.equal(again.status, 400);
    app().clock.advance("11m");
    await client.get("/dashboard");
    const skipped = `server_error;session_identifier="${idOf(registered)}"`;
    const delayed = await client.get("/dashboard", { headers: { "secure-session-skipped": skipped } });
    assert.equal(delayed.status, 503);
    assert.deepEqual(
      app().log.filter((line) => / error .*PROOF_DELAYED/.test(line)),
      [],
    );
    await operator.post("/confirm", { json: { password: PASSWORD } });

    const { sessions, events } = (await operator.get("/operator", { as: "json" })).json<{
      sessions: { user: { name: string } | null; deviceBound: Binding | null }[];
      events: { type: string; who: string; details: string; alarming: boolean }[];
    }>();
    const { deviceBound } = sessions.find(({ user }) => user?.name === username) ?? {};
    assert.match(deviceBound?.thumbprint ?? "", /^[\w-]{43}$/);
    const told = events.filter(({ type }) => type.startsWith("session_device_")).slice(-4);
    assert.deepEqual(
      told.map(({ type, who, details, alarming }) => [type, who, details, alarming]),
      [
        ["session_device_bound", username, `key ${deviceBound?.thumbprint.slice(0, 8)}`, false],
        ["session_device_refused", "", "at the binding: without a proof", true],
        ["session_device_missing", username, "no proof of the device", false],
        [
          "session_device_missing",
          username,
          "no proof of the device; its browser names an error of the server",
          false,
        ],
      ],
    );
    const page = (await operator.get("/operator", { as: "html" })).text;
    assert.match(page, />Device-bound<\/span>/);
  });
});
