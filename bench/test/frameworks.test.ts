import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { rowsOf } from "../src/frameworks/measure.ts";
import { serverOf } from "../src/frameworks/server-of.ts";
import { FRAMEWORK_TASKS } from "../src/frameworks/tasks.ts";
import { profileOf } from "../src/profile.ts";
import { cookieHeader } from "../src/runners.ts";
import { LOGIN_URL } from "../src/scenarios.ts";
import { checkKept } from "../src/served/checks.ts";
import { headersWith } from "../src/served/served-app.ts";

/** Lets a server listen while the test runs; returns where. */
async function listening(server: Server, t: TestContext): Promise<string> {
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address !== "string");
  return `http://127.0.0.1:${address.port}`;
}

describe("a framework's server", () => {
  for (const task of FRAMEWORK_TASKS) {
    const { framework, library } = task;
    it(`${library === undefined ? "keeps nothing" : `keeps what is written with ${library}`} on ${framework}`, async (t) => {
      const url = await listening(await serverOf(task), t);
      if (library === undefined) await assert.rejects(checkKept(url), /what is in the session/);
      else await checkKept(url);
    });

    it(`gives the same reply to a read with ${library ?? "no sessions"} on ${framework}, and no cookie`, async (t) => {
      const url = await listening(await serverOf(task), t);
      const user = "user-00000000";
      const login = await fetch(url + LOGIN_URL + user, { method: "POST", headers: headersWith(undefined) });
      assert.equal(await login.text(), `Welcome, ${user}`);
      const cookie = cookieHeader({ cookies: login.headers.getSetCookie() });
      const reply = await fetch(`${url}/read`, { headers: headersWith(cookie) });
      assert.equal(await reply.text(), profileOf(user).name);
      assert.match(reply.headers.get("content-type") ?? "", /^text\/plain; ?charset=utf-8$/i);
      assert.deepEqual(reply.headers.getSetCookie(), []);
    });
  }
});

describe("what sessions add on a framework", () => {
  it("is their server's time less that of the same framework alone, round by round", () => {
    // Express, Fastify and Hono alone take 100, 50 and 10.
    const rows = rowsOf("read", [
      [100, 110, 120, 50, 55, 60, 10, 40],
      [200, 230, 240, 50, 65, 70, 10, 60],
    ]);
    const found = rows.map(({ library, bare, adds }) => [library, bare.median, adds.median]);
    assert.deepEqual(found, [
      ["express-session", 150, 20],
      ["Holdfast", 150, 30],
      ["@fastify/session", 50, 10],
      ["@fastify/secure-session", 50, 15],
      ["@hono/session", 10, 40],
    ]);
  });
});
