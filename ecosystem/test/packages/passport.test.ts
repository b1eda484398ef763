import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import flash from "connect-flash";
import type { Application } from "express";
import type { TestAgent, TestReply } from "holdfast/testing";
import passport from "passport";
import { Strategy } from "passport-local";
import { across } from "../../src/across.ts";
import { appWith, browserWith, cookieOf } from "../../src/app.ts";

declare module "holdfast" {
  interface SessionData {
    cart: string[];
    returnTo: string;
  }
}
declare global {
  namespace Express {
    interface User {
      id: string;
    }
  }
}

/** An app where whoever knows the one password is who they say they are, and everybody has a cart. */
function shop(app: Application, options: { keepSessionInfo: boolean }): void {
  const authenticator = new passport.Passport();
  authenticator.use(
    new Strategy((id, password, done) =>
      password === "right" ? done(null, { id }) : done(null, false, { message: "Wrong password." }),
    ),
  );
  authenticator.serializeUser((user, done) => done(null, user.id));
  authenticator.deserializeUser((id: string, done) => done(null, { id }));
  app.use(flash(), authenticator.initialize(), authenticator.session());

  app.get("/order", (req, res) => {
    req.session.returnTo = "/order/tea";
    res.redirect("/login");
  });
  const redirects = { successReturnToOrRedirect: "/", failureRedirect: "/login", failureFlash: true };
  app.post("/login", authenticator.authenticate("local", { ...redirects, ...options }));
  app.get("/login", (req, res) => void res.json(req.flash("error")));
  app.post("/logout", (req, res, next) => {
    req.logout(options, (error) => (error ? next(error) : res.redirect("/")));
  });
  app.post("/sign-up", (req, res, next) => {
    req.login({ id: req.body.username }, (error) => (error ? next(error) : res.json(req.user)));
  });
  app.post("/cart", (req, res) => {
    req.session.cart = [...(req.session.cart ?? []), req.body.item];
    res.sendStatus(204);
  });
  app.get("/", (req, res) => void res.json({ user: req.user?.id, cart: req.session.cart }));
}

const forgetful = (app: Application): void => shop(app, { keepSessionInfo: false });
const keeping = (app: Application): void => shop(app, { keepSessionInfo: true });

function login(browser: TestAgent, username: string, password = "right"): Promise<TestReply> {
  return browser.post("/login", { username, password });
}

async function home(browser: TestAgent): Promise<unknown> {
  return (await browser.get("/")).json();
}

across(
  { name: "passport", beside: ["passport-local"], seen: "a login form" },
  (setting, { holds, differs }) => {
    holds("a login changes the session's id exactly once, and the old id is dead", async (test) => {
      const { browser } = await appWith(test, setting, forgetful);
      await browser.post("/cart", { item: "tea" });
      const before = cookieOf(browser);
      const reply = await login(browser, "anna");
      assert.deepEqual([reply.status, reply.headers.location, reply.setCookie.length], [302, "/", 1]);
      assert.notEqual(cookieOf(browser), before);
      const next = await browser.get("/");
      assert.deepEqual(next.json(), { user: "anna" });
      assert.deepEqual(next.setCookie, []);
      assert.deepEqual(await home(browserWith(browser, before)), {});
    });

    holds("keepSessionInfo takes along what the anonymous session had", async (test) => {
      const { browser } = await appWith(test, setting, keeping);
      await browser.post("/cart", { item: "tea" });
      const before = cookieOf(browser);
      await login(browser, "anna");
      assert.deepEqual(await home(browser), { user: "anna", cart: ["tea"] });
      assert.deepEqual(await home(browserWith(browser, before)), {});
    });

    holds("with keepSessionInfo a login leads back to the page that asked for it", async (test) => {
      const { browser } = await appWith(test, setting, keeping);
      await browser.get("/order");
      assert.equal((await login(browser, "anna")).headers.location, "/order/tea");
      assert.equal((await login(browser.newBrowser(), "bert")).headers.location, "/");
    });

    holds("a failed login leaves the session as it was, and says why on the next page", async (test) => {
      const { browser } = await appWith(test, setting, forgetful);
      await browser.post("/cart", { item: "tea" });
      const before = cookieOf(browser);
      const reply = await login(browser, "anna", "wrong");
      assert.deepEqual([reply.status, reply.headers.location], [302, "/login"]);
      assert.deepEqual((await browser.get("/login")).json(), ["Wrong password."]);
      assert.deepEqual((await browser.get("/login")).json(), []);
      assert.deepEqual(await home(browser), { cart: ["tea"] });
      assert.equal(cookieOf(browser), before);
    });

    holds("req.login signs in a user whom no strategy has proved", async (test) => {
      const { browser } = await appWith(test, setting, forgetful);
      assert.deepEqual((await browser.post("/sign-up", { username: "bert" })).json(), { id: "bert" });
      assert.deepEqual(await home(browser), { user: "bert" });
    });

    holds("req.logout leaves nobody signed in, by the old id neither", async (test) => {
      const { browser } = await appWith(test, setting, forgetful);
      await login(browser, "anna");
      await browser.post("/cart", { item: "tea" });
      const before = cookieOf(browser);
      assert.equal((await browser.post("/logout")).status, 302);
      assert.deepEqual(await home(browser), {});
      assert.deepEqual(await home(browserWith(browser, before)), {});
    });

    holds("another user who logs in finds nothing of the one before", async (test) => {
      const { browser } = await appWith(test, setting, forgetful);
      await login(browser, "anna");
      await browser.post("/cart", { item: "tea" });
      const before = cookieOf(browser);
      await login(browser, "bert");
      assert.deepEqual(await home(browser), { user: "bert" });
      assert.deepEqual(await home(browserWith(browser, before)), {});
    });

    const logOutKeeping = async (test: TestContext, kept: object): Promise<void> => {
      const { browser } = await appWith(test, setting, keeping);
      await login(browser, "anna");
      await browser.post("/cart", { item: "tea" });
      const before = cookieOf(browser);
      assert.equal((await browser.post("/logout")).setCookie.length, 1);
      assert.notEqual(cookieOf(browser), before);
      assert.deepEqual(await home(browser), kept);
      assert.deepEqual(await home(browserWith(browser, before)), {});
    };

    if (setting.api.name !== "holdfast") {
      holds("req.logout with keepSessionInfo lets the rest of the session go on, under another id", (test) =>
        logOutKeeping(test, { cart: ["tea"] }),
      );
      return;
    }

    differs(
      "req.logout with keepSessionInfo keeps nothing: what a user had does not pass to nobody",
      (test) => logOutKeeping(test, {}),
    );

    holds(
      "a login is one sign-in and one change of user among the events, a logout one change",
      async (test) => {
        const { browser, events } = await appWith(test, setting, forgetful);
        const ofUsers = (): string[] => events.filter((type) => /sign_in|user_changed/.test(type));
        await browser.post("/cart", { item: "tea" });
        await login(browser, "anna");
        assert.deepEqual(ofUsers(), ["session_user_changed", "session_sign_in"]);
        await browser.post("/logout");
        assert.deepEqual(ofUsers().slice(2), ["session_user_changed"]);
      },
    );
  },
);
