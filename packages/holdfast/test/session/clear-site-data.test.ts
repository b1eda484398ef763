import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { session } from "../../src/index.ts";
import { type Ending, endings } from "../support/endings.ts";
import { sessionApp, set, strongSecret } from "../support/session-app.ts";

describe("Clear-Site-Data", () => {
  const header = '"cookies", "storage"';

  it("goes with the end of a session that its user ended, where the app asks for it", async (test) => {
    for (const clearSiteData of [true, false]) {
      const app = await sessionApp(test, { clearSiteData });
      for (const end of Object.values(endings)) {
        await app.agent.signIn("anna");
        const reply = await app.act((session, req) =>
          Promise.resolve(end(session, req)).then(() => undefined),
        );
        assert.equal(reply.headers["clear-site-data"], clearSiteData ? header : undefined);
      }
    }
  });

  it("goes with nothing else: not a new id, a user removed, an expired session, or another visit", async (test) => {
    const app = await sessionApp(test, { clearSiteData: true });
    const acts: Record<string, Ending> = {
      write: set({ a: 1 }),
      "a sign-in": (session) => session.signIn("anna"),
      regenerate: (session) => session.regenerate(),
      "a sign-in after regenerate": async (session) => {
        await session.regenerate();
        session.userId = "anna";
      },
      "signOut and a new sign-in": async (session) => {
        await session.signOut();
        await session.signIn("bert");
      },
    };
    for (const [what, act] of Object.entries(acts)) {
      await app.agent.signIn("anna");
      const reply = await app.act((session, req) => Promise.resolve(act(session, req)).then(() => undefined));
      assert.equal(reply.headers["clear-site-data"], undefined, what);
    }
    await app.agent.signIn("anna");
    app.clock.advance("13h");
    assert.equal((await app.act(() => ({}))).headers["clear-site-data"], undefined);
  });

  it("does not go with the end of one session beside another deployment's new cookie", async (test) => {
    const other = session({ secret: strongSecret(), name: "other" });
    test.after(() => other.close());
    const app = await sessionApp(test, { clearSiteData: true, prepare: (express) => express.use(other) });
    for (const begins of [true, false]) {
      await app.agent.signIn("anna");
      const reply = await app.act(async (session, req) => {
        if (begins) Object.assign(other.get(req) ?? {}, { a: 1 });
        await session.signOut();
      });
      assert.equal(reply.setCookie.length, begins ? 2 : 1);
      assert.equal(reply.headers["clear-site-data"], begins ? undefined : header);
    }
  });

  it("is not sent over plain HTTP, where browsers ignore it", async (test) => {
    const app = await sessionApp(test, {
      clearSiteData: true,
      https: false,
      cookie: { insecureAllowHttp: true },
    });
    await app.agent.signIn("anna");
    const reply = await app.act((session) => session.signOut());
    assert.match(reply.setCookie[0] ?? "", /Max-Age=0/);
    assert.equal(reply.headers["clear-site-data"], undefined);
  });
});
