import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, it } from "node:test";
import express from "express";
import {
  type Guard,
  requireFreshSignIn,
  requireLevel,
  requireUser,
  safeReturnTo,
} from "../../src/guards/index.ts";
import { session } from "../../src/index.ts";
import { fakeClock, type TestReply, testAgent } from "../../src/testing/index.ts";
import { describeServers, serve } from "../support/servers.ts";
import { sessionApp, set, strongSecret } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

const guards: Record<string, Guard> = {
  "/user": requireUser(),
  "/fresh": requireFreshSignIn("5m"),
  "/level": requireLevel(2),
  "/page/user": requireUser({ redirect: "/login" }),
  "/page/fresh": requireFreshSignIn("5m", { redirect: "/confirm?why=fresh" }),
  "/page/level": requireLevel(2, { redirect: "/otp" }),
};

function guarded(req: IncomingMessage, res: ServerResponse): void {
  const guard = guards[new URL(req.url ?? "/", "https://self.invalid").pathname];
  guard?.(req, res, () => void res.end("in"));
}

const BROWSER = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };

/** The status and code of a refusal; the status and body of anything else. */
const told = ({ status, text, headers }: TestReply): unknown[] =>
  String(headers["content-type"]).includes("json") ? [status, JSON.parse(text).error.code] : [status, text];

const SIGN_IN = [401, "ERR_HOLDFAST_SIGN_IN_REQUIRED"];
const FRESH = [403, "ERR_HOLDFAST_FRESH_SIGN_IN_REQUIRED"];
const LEVEL = [403, "ERR_HOLDFAST_LEVEL_REQUIRED"];
const IN = [200, "in"];

describeServers("A guard", (server) => {
  it("lets in whom it asks for, and tells others what they lack", async (test) => {
    const clock = fakeClock();
    const { agent } = await serve(test, server, { clock }, guarded);
    const ask = () =>
      Promise.all(["/user", "/fresh", "/level"].map(async (path) => told(await agent.get(path))));
    assert.deepEqual(await ask(), [SIGN_IN, SIGN_IN, SIGN_IN]);
    await agent.signIn("anna");
    assert.deepEqual(await ask(), [IN, IN, LEVEL]);
    clock.advance("5m");
    assert.deepEqual(await ask(), [IN, FRESH, LEVEL]);
    await agent.signIn("anna", { level: 2 });
    assert.deepEqual(await ask(), [IN, IN, IN]);
  });

  it("refuses in JSON, with one sentence, that nobody stores", async (test) => {
    const { agent } = await serve(test, server, {}, guarded);
    const reply = await agent.get("/user");
    assert.deepEqual(reply.json(), { error: { code: SIGN_IN[1], message: "Sign in first." } });
    assert.equal(reply.headers["cache-control"], "no-store");
    assert.equal(reply.headers["x-content-type-options"], "nosniff");
    assert.equal(reply.headers["content-type"], "application/json; charset=utf-8");
    assert.deepEqual(reply.setCookie, []);
  });

  it("sends a browser that wants a page elsewhere, and says where it had wanted to go", async (test) => {
    const clock = fakeClock();
    const { agent } = await serve(test, server, { clock }, guarded);
    const ask = async (path: string) => {
      const { status, headers } = await agent.get(path, BROWSER);
      assert.equal(headers["cache-control"], "no-store");
      return [status, headers.location];
    };
    assert.deepEqual(await ask("/page/user?tab=2&x=%2F"), [
      303,
      "/login?returnTo=%2Fpage%2Fuser%3Ftab%3D2%26x%3D%252F",
    ]);
    await agent.signIn("anna");
    clock.advance("5m");
    assert.deepEqual(await ask("/page/fresh"), [303, "/confirm?why=fresh&returnTo=%2Fpage%2Ffresh"]);
    assert.deepEqual(await ask("/page/level"), [303, "/otp?returnTo=%2Fpage%2Flevel"]);
  });

  it("sends nobody elsewhere who wants no page, or sends something", async (test) => {
    const { agent } = await serve(test, server, {}, guarded);
    for (const accept of ["application/json", "*/*", undefined]) {
      assert.deepEqual(told(await agent.get("/page/user", { headers: { accept } })), SIGN_IN, accept);
    }
    assert.deepEqual(told(await agent.post("/page/user", "a=b", BROWSER)), SIGN_IN);
    assert.deepEqual(told(await agent.get("/user", BROWSER)), SIGN_IN, "and nobody without `redirect`");
  });

  it("leaves the outage reply to a store that fails: nobody is told to sign in", async (test) => {
    for (const sync of [true, false]) {
      const store = new WatchedStore({ sync });
      const { agent } = await serve(test, server, { store }, guarded);
      await agent.signIn("anna");
      store.fail("read", new Error("gone"));
      for (const path of ["/user", "/page/user"]) assert.equal((await agent.get(path, BROWSER)).status, 503);
    }
  });

  it("does not let another's session in", async (test) => {
    const { agent } = await serve(test, server, {}, guarded);
    await agent.signIn("anna", { level: 2 });
    assert.deepEqual(told(await agent.newBrowser().get("/level")), SIGN_IN);
  });
});

describe("A guard", () => {
  it("within a router remembers the whole path, and safeReturnTo() leads back to it", async (test) => {
    const { sessions } = await sessionApp(test);
    const router = express.Router();
    router.get("/settings", requireUser({ redirect: "/login" }), (_req, res) => void res.send("in"));
    const app = express();
    app.use(sessions);
    app.use("/account", router);
    app.get("/login", (req, res) => void res.send(safeReturnTo(req.query.returnTo, "/home")));
    const agent = await testAgent(app, { sessions });
    test.after(() => agent.close());
    const { headers } = await agent.get("/account/settings?tab=2", BROWSER);
    assert.equal(headers.location, "/login?returnTo=%2Faccount%2Fsettings%3Ftab%3D2");
    assert.equal((await agent.get(String(headers.location))).text, "/account/settings?tab=2");
    await agent.signIn("anna");
    assert.equal((await agent.get("/account/settings", BROWSER)).text, "in");
  });

  it("hands on no path that leads elsewhere", async (test) => {
    const app = express();
    const { sessions } = await sessionApp(test);
    app.use(sessions);
    app.use(requireUser({ redirect: "/login" }));
    const agent = await testAgent(app);
    test.after(() => agent.close());
    for (const path of ["//evil.example", "/\\evil.example", "/.//evil.example", "https://evil.example/a"]) {
      const { status, headers } = await agent.get(path, BROWSER);
      assert.deepEqual([status, headers.location], [303, "/login"], path);
    }
  });

  it("does not count an assigned user as fresh, nor above level 0", async (test) => {
    const app = await sessionApp(test);
    await app.act(set({ userId: "anna" }));
    const ask = async (guard: Guard) => {
      const reply = await app.act((_session, req, res) => guard(req, res, () => void res.end("in")));
      return told(reply);
    };
    assert.deepEqual(await ask(requireUser()), IN);
    assert.deepEqual(await ask(requireLevel(0)), IN);
    assert.deepEqual(await ask(requireLevel(1)), LEVEL);
    assert.deepEqual(await ask(requireFreshSignIn("100d")), FRESH);
  });

  it("without session() before it is an error, and lets nobody pass", async (test) => {
    let passed = false;
    const errors: unknown[] = [];
    const app = express();
    app.use(requireUser());
    app.use((_req, res) => {
      passed = true;
      res.end();
    });
    app.use(((error, _req, res, _next) => {
      errors.push(error.code);
      res.sendStatus(500);
    }) as express.ErrorRequestHandler);
    const agent = await testAgent(app);
    test.after(() => agent.close());
    assert.deepEqual([(await agent.get("/")).status, passed, errors], [500, false, ["ERR_HOLDFAST_OPTION"]]);
  });

  it("says at start what is wrong with its settings", () => {
    for (const redirect of [
      "",
      "login",
      "//evil.example",
      "https://evil.example",
      "/\\evil",
      "/a b",
      7,
      null,
    ]) {
      assert.throws(
        () => requireUser({ redirect: redirect as string }),
        { code: "ERR_HOLDFAST_OPTION" },
        String(redirect),
      );
    }
    for (const within of [0, "", "5", null]) {
      assert.throws(() => requireFreshSignIn(within as number), { code: "ERR_HOLDFAST_DURATION" });
    }
    for (const level of [-1, 10, 0.5, "1", undefined]) {
      assert.throws(() => requireLevel(level as number), { code: "ERR_HOLDFAST_OPTION" });
    }
  });
});

describe("a guard on a request with several sessions", () => {
  it("must be told which one it is about, and asks that one alone", async (test) => {
    const clock = fakeClock();
    const options = { clock, onWarning: () => undefined };
    const admins = session({ ...options, secret: strongSecret(), name: "admin" });
    const users = session({ ...options, secret: strongSecret(), name: "user" });
    const app = express();
    app.use(admins, users);
    app.get("/untold", requireLevel(2), (_req, res) => void res.send("in"));
    app.get("/admin", requireLevel(2, { sessions: admins }), (_req, res) => void res.send("in"));
    app.get("/user", requireLevel(2, { sessions: users }), (_req, res) => void res.send("in"));
    app.use((error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
      res.status(500).send(error.message);
    });
    const agent = await testAgent(app, { sessions: users });
    test.after(() => agent.close());
    await agent.signIn("anna", { level: 2 });
    assert.deepEqual(told(await agent.get("/admin")), SIGN_IN);
    assert.deepEqual(told(await agent.get("/user")), IN);
    const untold = await agent.get("/untold");
    assert.equal(untold.status, 500);
    assert.match(untold.text, /requireUser\(\{ sessions \}\)/);
  });
});
