import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ListedSession } from "../../src/index.ts";
import { scene } from "../support/edited-rows.ts";
import { codeOf, cookieOf, type SessionApp, sessionApp, set } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";
import { handleOf, threeSessions } from "../support/three-sessions.ts";

/** All pages, each at most as long as it may be. */
async function walk({ sessions }: SessionApp, limit: number): Promise<ListedSession[]> {
  const all: ListedSession[] = [];
  let after: string | undefined;
  do {
    const page = await sessions.listAll({ after, limit });
    assert.ok(page.sessions.length <= limit);
    all.push(...page.sessions);
    after = page.next;
  } while (after !== undefined);
  return all;
}

for (const [name, newStore] of everyStore) {
  describe(`everybody's sessions on a ${name}`, () => {
    it("are listed page by page with whose they are, anonymous ones included", async (test) => {
      const { app, phone, laptop, bert } = await threeSessions(test, { store: newStore(test) });
      await app.act(set({ cart: 1 }));
      const expected: Record<string, string | undefined> = {
        [handleOf(phone)]: "anna",
        [handleOf(laptop)]: "anna",
        [handleOf(bert)]: "bert",
        [handleOf(app.agent)]: undefined,
      };
      for (const limit of [1, 3, 4, 100]) {
        const listed = await walk(app, limit);
        assert.deepEqual(
          listed.map(({ handle }) => handle),
          Object.keys(expected).sort(),
        );
        for (const { handle, user } of listed) assert.equal(user, expected[handle]);
      }
    });

    it("say of each what the user's own list says", async (test) => {
      const { app, phone } = await threeSessions(test, { store: newStore(test) });
      const current = handleOf(phone);
      const own = await app.sessions.list("anna", { current });
      const { sessions } = await app.sessions.listAll({ current });
      for (const summary of own) {
        const { user, ...listed } = sessions.find(({ handle }) => handle === summary.handle) ?? {};
        assert.deepEqual(listed, summary);
        assert.equal(user, "anna");
      }
    });

    it("are not listed once they are over", async (test) => {
      const { app, phone } = await threeSessions(test, { store: newStore(test) });
      app.clock.advance("25m");
      await app.data(phone);
      await app.settle();
      app.clock.advance("10m");
      assert.deepEqual(
        (await walk(app, 2)).map(({ handle }) => handle),
        [handleOf(phone)],
      );
      await app.sessions.revokeAll();
      assert.deepEqual(await app.sessions.listAll(), { sessions: [], next: undefined });
    });

    it("give away nothing that works as a cookie", async (test) => {
      const { app, phone } = await threeSessions(test, { store: newStore(test) });
      const listed = JSON.stringify(await app.sessions.listAll());
      const [, , secret = "", mac = ""] = cookieOf(phone).split(".");
      for (const text of [cookieOf(phone), secret, mac]) assert.equal(listed.includes(text), false);
    });
  });
}

describe("listAll", () => {
  it("tells whether a session's cookie outlives the browser", async (test) => {
    const app = await sessionApp(test, {});
    const [kept, brief] = [app.agent.newBrowser(), app.agent.newBrowser()];
    await app.act((session) => session.signIn("anna", { remember: true }), { by: kept });
    await app.act((session) => session.signIn("bert"), { by: brief });
    const { sessions } = await app.sessions.listAll();
    assert.deepEqual(Object.fromEntries(sessions.map(({ user, remembered }) => [user, remembered])), {
      anna: true,
      bert: false,
    });
  });

  it("refuses a page that is none", async (test) => {
    const app = await sessionApp(test, {});
    for (const limit of [0, -1, 1.5, Number.NaN, 1_001, "5"])
      assert.equal(await codeOf(app.sessions.listAll({ limit: limit as number })), "ERR_HOLDFAST_OPTION");
    for (const after of ["", "a", "' OR 1", null, 7])
      assert.equal(await codeOf(app.sessions.listAll({ after: after as string })), "ERR_HOLDFAST_OPTION");
  });

  it("skips a record that this deployment cannot read, and goes on after it", async (test) => {
    const { app, set: edit } = await scene(test);
    const browsers = Array.from({ length: 5 }, () => app.agent.newBrowser());
    for (const browser of browsers) await browser.signIn("anna");
    const handles = browsers.map(handleOf).sort();
    for (const broken of handles.slice(1, 3)) edit(broken, "header", Buffer.from("nonsense"));
    for (const limit of [1, 2, 5])
      assert.deepEqual(
        (await walk(app, limit)).map(({ handle }) => handle),
        [handles[0], ...handles.slice(3)],
      );
  });
});
