/**
 * What every store made for express-session is tried with: an app of two processes on one database.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Application } from "express";
import type { Store } from "express-session";
import type { Sentences } from "./across.ts";
import { appWith, browserWith, cookieOf, type RunningApp } from "./app.ts";
import type { SessionModule } from "./session-apis.ts";
import type { Setting } from "./settings.ts";

declare module "holdfast" {
  interface SessionData {
    visits: number;
    address: { city: string; lines: readonly string[] };
  }
}

/** A database, and what opens a store on it: each call as another process would. */
export interface Database {
  open(): Store;
  remove(): Promise<void> | void;
}

function visits(app: Application): void {
  app.get("/", (req, res) => void res.json({ visits: req.session.visits, address: req.session.address }));
  app.post("/visit", (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1;
    req.session.address = { city: "Zürich", lines: ["1 'Way' --", "\u{1f36a}"] };
    res.sendStatus(204);
  });
  app.post("/renew", (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.visits = 100;
      res.sendStatus(204);
    });
  });
  app.post("/leave", (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.sendStatus(204)));
  });
}

/** Says of a store what an app expects of it. */
export function sayOfStore(
  setting: Setting,
  { holds }: Pick<Sentences, "holds">,
  make: (session: SessionModule) => Promise<Database> | Database,
): void {
  const twoProcesses = async (test: TestContext): Promise<readonly [RunningApp, RunningApp, Store]> => {
    const database = await make(setting.api.module);
    const [first, second] = [database.open(), database.open()];
    const apps = [
      await appWith(test, setting, visits, { store: first }),
      await appWith(test, setting, visits, { store: second }),
    ] as const;
    test.after(() => database.remove());
    return [...apps, second];
  };
  const shown = { address: { city: "Zürich", lines: ["1 'Way' --", "\u{1f36a}"] } };

  holds("what one process writes another reads", async (test) => {
    const [{ browser }, second] = await twoProcesses(test);
    await browser.post("/visit");
    const there = browserWith(second.browser, cookieOf(browser));
    assert.equal((await there.post("/visit")).status, 204);
    assert.deepEqual((await browser.get("/")).json(), { visits: 2, ...shown });
  });

  holds("a new id takes the place of the old one, on both", async (test) => {
    const [{ browser }, second] = await twoProcesses(test);
    await browser.post("/visit");
    const before = cookieOf(browser);
    await browser.post("/renew");
    const there = browserWith(second.browser, cookieOf(browser));
    assert.deepEqual((await there.get("/")).json(), { visits: 100 });
    assert.deepEqual((await browserWith(second.browser, before).get("/")).json(), {});
  });

  holds("what one process ends is over on the other", async (test) => {
    const [{ browser }, second] = await twoProcesses(test);
    await browser.post("/visit");
    const before = cookieOf(browser);
    assert.equal((await browser.post("/leave")).status, 204);
    for (const app of [browser, second.browser])
      assert.deepEqual((await browserWith(app, before).get("/")).json(), {});
  });

  if (setting.api.name === "holdfast") return;

  holds("a request that changes nothing lets the entry live on, by the store's touch", async (test) => {
    const [{ browser }, second, store] = await twoProcesses(test);
    await browser.post("/visit");
    const { touch } = store;
    const touched: string[] = [];
    store.touch = (id, ...rest) => {
      touched.push(id);
      touch?.call(store, id, ...rest);
    };
    const there = browserWith(second.browser, cookieOf(browser));
    assert.equal((await there.get("/")).status, 200);
    assert.equal(touched.length, 1);
  });
}
